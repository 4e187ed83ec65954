/** The teen's check-ins, as they were drawn. */
Page({});

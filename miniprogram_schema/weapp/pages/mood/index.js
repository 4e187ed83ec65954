/** The teen's check-ins: one block does the work. */
Page({});

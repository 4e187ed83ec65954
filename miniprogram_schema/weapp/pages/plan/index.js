/** The teen's own safety plan, as it was drawn. */
Page({});

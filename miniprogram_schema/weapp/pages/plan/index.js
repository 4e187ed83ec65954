/** The teen's own safety plan: one block does the work. */
Page({});

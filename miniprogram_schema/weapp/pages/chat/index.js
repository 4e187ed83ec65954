/** The teen's page: one block does the work. */
Page({});

/** The page of listeners, counsellors and supervisors: one block does the work. */
Page({});

/** The page of listeners, counsellors and supervisors, as it was drawn. */
Page({});

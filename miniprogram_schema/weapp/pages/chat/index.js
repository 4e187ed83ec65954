/** The teen's talk, as it was drawn. */
Page({});

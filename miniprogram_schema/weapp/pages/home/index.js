/** Where one starts, as it was drawn. */
Page({});

/** Small exercises that need nothing but this screen: one block does the work. */
Page({});

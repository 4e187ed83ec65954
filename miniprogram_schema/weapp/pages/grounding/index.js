/** Small exercises that need nothing but this screen, as they were drawn. */
Page({});

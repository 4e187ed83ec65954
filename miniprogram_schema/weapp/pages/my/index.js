/** What a teen keeps, and what is done with it, as it was drawn. */
Page({});

/** What a teen keeps, and what is done with it: one block does the work. */
Page({});

/**
 * What a deployment sets. `apiBase` is empty in the browser, where pages and API share an origin;
 * inside WeChat it is the https domain listed for wx.request, for example https://talk.example.org.
 */
module.exports = { apiBase: '' };

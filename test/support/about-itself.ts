/** What a server of any kind tells about its one model: each reads its own keys. */
export const aboutItself = JSON.stringify({
  data: [{ id: "m" }],
  models: [{ name: "m", model: "m" }],
  capabilities: ["completion", "tools"],
  model_info: {},
  chat_template_caps: { supports_tools: true, supports_tool_calls: true },
});

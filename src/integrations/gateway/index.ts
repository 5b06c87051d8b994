export { gateway, type Gateway } from "./gateway.ts";
export type {
  Caller,
  CallerKey,
  CallerLimits,
  GatewayKeys,
  GatewayModel,
  GatewayOptions,
  GatewayRecord,
  GatewayRequest,
} from "./gateway-options.ts";

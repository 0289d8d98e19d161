/** The agent's version as it reports it; a test holds it against package.json, which is not in the image. */
export const AGENT_VERSION = '0.1.0';

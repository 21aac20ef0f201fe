using Blockwire.Protocol.Negotiation;
using Blockwire.Wire;

namespace Blockwire.Protocol.Login;

/// <summary>What a login that joins a session must know of it.</summary>
/// <param name="Parameters">The session's parameters, which hold for the new connection too.</param>
/// <param name="ExpCmdSN">Its ExpCmdSN now.</param>
/// <param name="MaxCmdSN">Its MaxCmdSN now.</param>
public sealed record ExistingSession(SessionParameters Parameters, Serial32 ExpCmdSN, Serial32 MaxCmdSN);

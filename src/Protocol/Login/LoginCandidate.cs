using Blockwire.Protocol.Negotiation;
using Blockwire.Wire;

namespace Blockwire.Protocol.Login;

/// <summary>Who asks to be let in, and on which terms.</summary>
/// <param name="SessionType">Normal or Discovery.</param>
/// <param name="InitiatorName">Normalised name of the initiator.</param>
/// <param name="InitiatorAlias">Its alias, or null.</param>
/// <param name="TargetName">Normalised name of the target; null in an unnamed discovery session (RFC 7143 §7.4.2.1).</param>
/// <param name="PortalGroupTag">Tag of the portal group in use; with the names and ISID it identifies the session.</param>
/// <param name="Isid">Initiator's half of the session identifier, 48 bits.</param>
/// <param name="Tsih">0 for a new session, otherwise the session to join.</param>
/// <param name="Cid">Connection identifier within the session.</param>
/// <param name="AuthenticatedName">The name that the authentication method proved, or null when there was none.</param>
/// <param name="FirstCmdSN">CmdSN of the first Login Request: ExpCmdSN of a new session (RFC 7143 §11.12.8).</param>
/// <param name="FirstExpStatSN">ExpStatSN of the first Login Request: that of the old connection when one is reinstated (§11.12.9).</param>
/// <param name="Session">Session parameters: agreed so far, or those of the session to join.</param>
/// <param name="Connection">Connection parameters agreed so far.</param>
public readonly record struct LoginCandidate(
    SessionType SessionType,
    string InitiatorName,
    string? InitiatorAlias,
    string? TargetName,
    ushort PortalGroupTag,
    ulong Isid,
    ushort Tsih,
    ushort Cid,
    string? AuthenticatedName,
    Serial32 FirstCmdSN,
    Serial32 FirstExpStatSN,
    SessionParameters Session,
    ConnectionParameters Connection);

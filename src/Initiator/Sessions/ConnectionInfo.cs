using Blockwire.Protocol.Login;
using Blockwire.Protocol.Naming;

namespace Blockwire.Initiator;

/// <summary>A connection of a session that is in use.</summary>
/// <param name="Cid">Connection ID.</param>
/// <param name="Portal">The portal it leads to.</param>
/// <param name="LocalAddress">The address and port it comes from.</param>
/// <param name="Login">What its login came to, every key included.</param>
public sealed record ConnectionInfo(ushort Cid, PortalAddress Portal, string LocalAddress, InitiatorLoginOutcome Login);

using System.Collections.Immutable;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Naming;
using Blockwire.Protocol.Text;

namespace Blockwire.Initiator;

/// <summary>What a discovery session found.</summary>
/// <param name="AskedAt">The portal that answered.</param>
/// <param name="Targets">The targets with their portals.</param>
/// <param name="Notes">What was left out or put right, a line each.</param>
/// <param name="Login">What the login came to.</param>
public sealed record Discovery(PortalAddress AskedAt, ImmutableArray<DiscoveredTarget> Targets, ImmutableArray<string> Notes, InitiatorLoginOutcome? Login);

using System.Collections.Immutable;

namespace Blockwire.Protocol.Text;

/// <summary>One target record of a SendTargets answer (RFC 7143 Appendix C).</summary>
/// <param name="Name">Normalised target name.</param>
/// <param name="Addresses">Values of TargetAddress, "address:port,tag" with brackets round IPv6. May be empty.</param>
public sealed record DiscoveredTarget(string Name, ImmutableArray<string> Addresses);

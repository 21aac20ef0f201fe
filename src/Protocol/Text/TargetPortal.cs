using Blockwire.Protocol.Naming;

namespace Blockwire.Protocol.Text;

/// <summary>Where a target can be reached, as a SendTargets answer tells it (RFC 7143 Appendix C).</summary>
/// <param name="Address">Host and port.</param>
/// <param name="PortalGroupTag">The portal group it belongs to; null when the target does not tell. Connections of one session stay within one group.</param>
public readonly record struct TargetPortal(PortalAddress Address, ushort? PortalGroupTag);

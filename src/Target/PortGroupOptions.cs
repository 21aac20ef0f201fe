using Blockwire.Scsi;

namespace Blockwire.Target;

/// <summary>How a target begins with one of its portal groups, which is a SCSI target port group (SPC-4 §5.11).</summary>
/// <param name="Tag">Portal group tag; a portal of the server has it.</param>
/// <param name="State">Asymmetric access state. Initiators may set another, and so may the program: <see cref="TargetServer.SetAccessState"/>.</param>
/// <param name="Preferred">The target would like initiators to use this group.</param>
public sealed record PortGroupOptions(ushort Tag, AccessState State, bool Preferred = false);

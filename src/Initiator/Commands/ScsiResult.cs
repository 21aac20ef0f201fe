using Blockwire.Scsi;
using Blockwire.Wire;

namespace Blockwire.Initiator;

/// <summary>What a target answered to a command.</summary>
/// <param name="Status">SCSI status.</param>
/// <param name="DataInBytes">Bytes that came from the target into <see cref="ScsiRequest.DataIn"/>, from its beginning on.</param>
public readonly record struct ScsiResult(ScsiStatus Status, int DataInBytes)
{
    /// <summary>Bits o, u, O and U (RFC 7143 §11.4.1).</summary>
    public ResidualFlags ResidualFlags { get; init; }

    /// <summary>Bytes by which the transfer fell short, or by which the buffer was too small: see <see cref="ResidualFlags"/>.</summary>
    public uint Residual { get; init; }

    /// <summary>The same of what was read by a bidirectional command.</summary>
    public uint BidirectionalReadResidual { get; init; }

    /// <summary>Sense data (SPC-4 §4.5), in memory of its own; empty when none came.</summary>
    public ReadOnlyMemory<byte> Sense { get; init; }

    /// <summary>GOOD or CONDITION MET.</summary>
    public bool IsGood => Status is ScsiStatus.Good or ScsiStatus.ConditionMet;
}

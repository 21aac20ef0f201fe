namespace Blockwire.Testing.Raw;

/// <summary>How a SCSI command ended.</summary>
/// <param name="Status">0 is GOOD, 2 CHECK CONDITION.</param>
/// <param name="Sense">Sense data, fixed or descriptor format; empty when there is none.</param>
/// <param name="DataIn">What was read.</param>
public sealed record RawScsiResult(byte Status, byte[] Sense, byte[] DataIn)
{
    public const int UnitAttention = 6;

    /// <summary>Bytes that were expected and not moved; negative when the command had more to move than was expected.</summary>
    public long Residual { get; init; }

    public bool IsGood => Status == 0;

    /// <summary>-1 without sense data.</summary>
    public int SenseKey => Sense.Length < 4 ? -1 : Sense[(Sense[0] & 0x7E) == 0x72 ? 1 : 2] & 0x0F;

    public override string ToString() => $"status {Status:X2} sense {Convert.ToHexString(Sense)} data {DataIn.Length} bytes, residual {Residual}";
}

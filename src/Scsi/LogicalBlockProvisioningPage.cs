namespace Blockwire.Scsi;

/// <summary>Logical block provisioning VPD page, B2h (SBC-3 §6.6).</summary>
/// <param name="Unmap">LBPU: UNMAP is supported.</param>
/// <param name="WriteSame16">LBPWS: WRITE SAME(16) may unmap.</param>
/// <param name="WriteSame10">LBPWS10: WRITE SAME(10) may unmap.</param>
/// <param name="ReadsZeros">LBPRZ: unmapped blocks read as zeros.</param>
/// <param name="ProvisioningType">0 not reported, 1 resource provisioned, 2 thin.</param>
public readonly record struct LogicalBlockProvisioningPage(
    bool Unmap, bool WriteSame16, bool WriteSame10, bool ReadsZeros, byte ProvisioningType)
{
    /// <summary>THRESHOLD EXPONENT: resources are counted in sets of 2 to this power blocks; 0 when there are no thresholds.</summary>
    public byte ThresholdExponent { get; init; }

    /// <summary>Length in bytes, page header included.</summary>
    public const int Length = 8;

    /// <summary>Writes <see cref="Length"/> bytes, for a direct access block device.</summary>
    public int Write(Span<byte> into)
    {
        into[..Length].Clear();
        into[1] = PageCodes.Vpd.LogicalBlockProvisioning;
        into[3] = Length - 4;
        into[4] = ThresholdExponent;
        into[5] = (byte)((Unmap ? 0x80 : 0) | (WriteSame16 ? 0x40 : 0) | (WriteSame10 ? 0x20 : 0) | (ReadsZeros ? 0x04 : 0));
        into[6] = (byte)(ProvisioningType & 7);
        return Length;
    }

    /// <summary>Reads the page; null when it is another page, or too short.</summary>
    public static LogicalBlockProvisioningPage? Parse(ReadOnlySpan<byte> data) =>
        data.Length < Length || data[1] != PageCodes.Vpd.LogicalBlockProvisioning
            ? null
            : new((data[5] & 0x80) != 0, (data[5] & 0x40) != 0, (data[5] & 0x20) != 0, (data[5] & 0x1C) == 4, (byte)(data[6] & 7)) { ThresholdExponent = data[4] };
}

namespace Blockwire.Scsi;

/// <summary>
/// Logical unit numbers: the eight bytes of the LUN field, read as a big-endian number, and the plain number (SAM-5 §4.6). Single-level
/// forms only: peripheral device addressing on bus 0, flat space addressing, and extended flat space addressing of three bytes.
/// </summary>
public static class LunFormat
{
    /// <summary>Largest number that the two forms hold: 14 bits.</summary>
    public const uint MaxNumber = 0x3FFF;

    /// <summary>The LUN field of the REPORT LUNS well known logical unit (SPC-4 §8.1, SAM-5 §4.7.7.5.1).</summary>
    public const ulong ReportLunsWellKnown = 0xC101UL << FirstLevel;

    private const ulong FlatSpace = 0x4000;
    private const ulong ExtendedFlatSpace = 0xD2;
    private const int FirstLevel = 48;

    /// <summary>Reads a LUN field; false for other addressing methods, other busses and more than one level.</summary>
    public static bool TryDecode(ulong lun, out uint number)
    {
        if (lun >> 56 == ExtendedFlatSpace)
        {
            // SAM-5 §4.7.7.5.3: address method 11b, length 01b, extended method 2h, then 24 bits of number.
            number = (uint)(lun >> 32) & 0xFF_FFFF;
            return (uint)lun == 0 && number <= MaxNumber;
        }

        ulong level = lun >> FirstLevel;
        number = (uint)(level & MaxNumber);
        return (lun & (1UL << FirstLevel) - 1) == 0 && (level <= 0xFF || level >> 14 == 1);
    }

    /// <summary>Do two LUN fields mean the same unit? A unit below 256 can be spelled in both forms.</summary>
    public static bool AreSame(ulong lun, ulong other) =>
        lun == other || (TryDecode(lun, out uint number) && TryDecode(other, out uint otherNumber) && number == otherNumber);

    /// <summary>Writes a LUN field: peripheral addressing below 256, flat space above.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is above <see cref="MaxNumber"/>.</exception>
    public static ulong Encode(uint number)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, MaxNumber);
        return (number <= 0xFF ? number : FlatSpace | number) << FirstLevel;
    }
}

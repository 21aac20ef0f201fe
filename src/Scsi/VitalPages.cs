using System.Buffers.Binary;
using System.Text;

namespace Blockwire.Scsi;

/// <summary>What all vital product data pages share: a header of four bytes with code and length (SPC-4 §7.8.1).</summary>
public static class VitalPage
{
    /// <summary>Length in bytes of the header.</summary>
    public const int HeaderLength = 4;

    /// <summary>Length in bytes that a page says it has, header included; 0 when not even the header is there.</summary>
    public static int LengthOf(ReadOnlySpan<byte> page) =>
        page.Length < HeaderLength ? 0 : HeaderLength + BinaryPrimitives.ReadUInt16BigEndian(page[2..]);

    /// <summary>What follows the header, no longer than the page says and than there is; false when it is another page, or has no header.</summary>
    public static bool TryGetBody(ReadOnlySpan<byte> page, byte code, out ReadOnlySpan<byte> body)
    {
        if (page.Length < HeaderLength || page[1] != code)
        {
            body = default;
            return false;
        }

        body = page[HeaderLength..Math.Min(page.Length, LengthOf(page))];
        return true;
    }

    /// <summary>The page codes of the page 00h; null when it is another page.</summary>
    public static IReadOnlyList<byte>? ParseSupported(ReadOnlySpan<byte> page) =>
        TryGetBody(page, PageCodes.Vpd.SupportedPages, out ReadOnlySpan<byte> body) ? body.ToArray() : null;

    /// <summary>The unit serial number of the page 80h, without the spaces around it; null when it is another page.</summary>
    public static string? ParseSerial(ReadOnlySpan<byte> page) =>
        TryGetBody(page, PageCodes.Vpd.UnitSerialNumber, out ReadOnlySpan<byte> body) ? Encoding.ASCII.GetString(body).Trim(' ', '\0') : null;
}

/// <summary>Block device characteristics VPD page, B1h (SBC-3 §6.6.3).</summary>
/// <param name="RotationRate">Revolutions a minute; 1 for a medium that does not rotate, 0 when it is not reported.</param>
/// <param name="FormFactor">NOMINAL FORM FACTOR; 0 when it is not reported.</param>
public readonly record struct BlockDeviceCharacteristicsPage(ushort RotationRate, byte FormFactor)
{
    /// <summary>Reads the page; null when it is another page, or too short.</summary>
    public static BlockDeviceCharacteristicsPage? Parse(ReadOnlySpan<byte> page) =>
        VitalPage.TryGetBody(page, PageCodes.Vpd.BlockDeviceCharacteristics, out ReadOnlySpan<byte> body) && body.Length >= 4
            ? new(BinaryPrimitives.ReadUInt16BigEndian(body), (byte)(body[3] & 0x0F))
            : null;
}

/// <summary>Extended INQUIRY data VPD page, 86h (SPC-4 §7.8.7): the parts that a disk's user asks for.</summary>
/// <param name="Simple">SIMPSUP: the SIMPLE task attribute.</param>
/// <param name="Ordered">ORDSUP.</param>
/// <param name="HeadOfQueue">HEADSUP.</param>
/// <param name="VolatileCache">V_SUP: it has a volatile cache.</param>
/// <param name="NonVolatileCache">NV_SUP.</param>
/// <param name="GuardCheck">GRD_CHK: it checks the guard of protection information.</param>
/// <param name="MaximumSenseLength">MAXIMUM SUPPORTED SENSE DATA LENGTH; 0 when it is not reported.</param>
public readonly record struct ExtendedInquiryPage(
    bool Simple, bool Ordered, bool HeadOfQueue, bool VolatileCache, bool NonVolatileCache, bool GuardCheck, byte MaximumSenseLength)
{
    /// <summary>APP_CHK: it checks the application tag of protection information.</summary>
    public bool ApplicationTagCheck { get; init; }

    /// <summary>REF_CHK: it checks the reference tag of protection information.</summary>
    public bool ReferenceTagCheck { get; init; }

    /// <summary>SPT: which types of protection it can be formatted with, 0 to 7 (SPC-4 §7.8.7); counts only where the standard INQUIRY data has PROTECT.</summary>
    public byte SupportedTypes { get; init; }

    /// <summary>The types of protection that SPT stands for; none where it is reserved.</summary>
    public IReadOnlyList<ProtectionType> ProtectionTypes => SupportedTypes switch
    {
        0 => [ProtectionType.Type1],
        1 => [ProtectionType.Type1, ProtectionType.Type2],
        2 => [ProtectionType.Type2],
        3 => [ProtectionType.Type1, ProtectionType.Type3],
        4 => [ProtectionType.Type3],
        5 => [ProtectionType.Type2, ProtectionType.Type3],
        7 => [ProtectionType.Type1, ProtectionType.Type2, ProtectionType.Type3],
        _ => [],
    };

    /// <summary>Reads the page; null when it is another page, or too short.</summary>
    public static ExtendedInquiryPage? Parse(ReadOnlySpan<byte> page) =>
        VitalPage.TryGetBody(page, PageCodes.Vpd.ExtendedInquiry, out ReadOnlySpan<byte> body) && body.Length >= 3
            ? new(
                (body[1] & 1) != 0,
                (body[1] & 2) != 0,
                (body[1] & 4) != 0,
                (body[2] & 1) != 0,
                (body[2] & 2) != 0,
                (body[0] & 4) != 0,
                body.Length > 9 ? body[9] : (byte)0)
            {
                ApplicationTagCheck = (body[0] & 2) != 0,
                ReferenceTagCheck = (body[0] & 1) != 0,
                SupportedTypes = (byte)(body[0] >> 3 & 7),
            }
            : null;
}

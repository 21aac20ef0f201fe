using System.Buffers.Binary;

namespace Blockwire.Scsi.Device.Modes;

/// <summary>A soft threshold of the logical block provisioning mode page (SBC-3 §6.5.9).</summary>
/// <param name="Enabled">ENABLED.</param>
/// <param name="IsOfUsed">It is about what is used, and reached from below; else about what is available, and reached from above.</param>
/// <param name="Count">THRESHOLD COUNT, in sets of blocks.</param>
internal readonly record struct ProvisioningThreshold(bool Enabled, bool IsOfUsed, uint Count)
{
    /// <summary>Length of the page in bytes, header included: two descriptors.</summary>
    public const int PageLength = FirstAt + 2 * Length;

    private const int FirstAt = 16;
    private const int Length = 8;
    private const byte EnabledBit = 0x80;
    private const byte Increasing = 0x01;
    private const byte Available = 0x01;
    private const byte Used = 0x02;

    /// <summary>The thresholds of a page.</summary>
    public static List<ProvisioningThreshold> ReadAll(ReadOnlySpan<byte> page)
    {
        List<ProvisioningThreshold> thresholds = [];
        for (int at = FirstAt; at < page.Length; at += Length)
        {
            thresholds.Add(new((page[at] & EnabledBit) != 0, page[at + 1] == Used, BinaryPrimitives.ReadUInt32BigEndian(page[(at + 4)..])));
        }

        return thresholds;
    }

    /// <summary>One threshold of what is available and one of what is used, both off. Every nexus hears of them (SITUA = 0).</summary>
    public static void WriteDefaults(ModeScope scope, Span<byte> page)
    {
        page[FirstAt + 1] = Available;
        page[FirstAt + Length] = Increasing;
        page[FirstAt + Length + 1] = Used;
    }

    /// <summary>Whether they are on and what they are can be changed.</summary>
    public static void WriteMask(ModeScope scope, Span<byte> page)
    {
        for (int at = FirstAt; at < PageLength; at += Length)
        {
            page[at] = EnabledBit;
            page.Slice(at + 4, 4).Fill(0xFF);
        }
    }
}

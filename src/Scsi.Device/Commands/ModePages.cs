using System.Buffers.Binary;
using Blockwire.Scsi;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>Which values MODE SENSE asks for (the PC field, SPC-4 §6.14).</summary>
internal enum PageControl
{
    /// <summary>As they are.</summary>
    Current = 0,

    /// <summary>A 1 for every bit that MODE SELECT could change.</summary>
    Changeable = 1,

    /// <summary>As after a reset.</summary>
    Default = 2,

    /// <summary>As saved; nothing is.</summary>
    Saved = 3,
}

/// <summary>Writes the parameters of a mode page into cleared bytes, as current or default values.</summary>
internal delegate void ModePageWriter(LogicalUnit unit, bool current, Span<byte> page);

/// <summary>A mode page.</summary>
/// <param name="Code">Page code.</param>
/// <param name="Subpage">Subpage code, 0 for the page itself.</param>
/// <param name="Length">Length in bytes, page header included.</param>
/// <param name="Write">Writes its parameters; offsets are those of the whole page.</param>
internal sealed record ModePage(byte Code, byte Subpage, int Length, ModePageWriter Write)
{
    private const byte SubpageFormat = 0x40;

    /// <summary>Writes the page; returns its length in bytes. No bit is changeable yet.</summary>
    public int WritePage(LogicalUnit unit, PageControl control, Span<byte> into)
    {
        Span<byte> page = into[..Length];
        page.Clear();
        if (control != PageControl.Changeable)
        {
            Write(unit, control == PageControl.Current, page);
        }

        if (Subpage == 0)
        {
            page[0] = Code;
            page[1] = (byte)(Length - 2);
        }
        else
        {
            page[0] = (byte)(Code | SubpageFormat);
            page[1] = Subpage;
            BinaryPrimitives.WriteUInt16BigEndian(page[2..], (ushort)(Length - 4));
        }

        return Length;
    }
}

/// <summary>The mode pages of a disk (SPC-4 §7.5, SBC-3 §6.5), in the order of reports.</summary>
internal static class ModePages
{
    /// <summary>Every page.</summary>
    public static IReadOnlyList<ModePage> All { get; } =
    [
        new(PageCodes.Mode.Caching, 0, 20, WriteCaching),
        new(PageCodes.Mode.Control, 0, 12, WriteControl),
        new(PageCodes.Mode.Control, PageCodes.Mode.ControlExtensionSubpage, 32, WriteControlExtension),
        new(PageCodes.Mode.InformationalExceptions, 0, 12, WriteInformationalExceptions),
    ];

    /// <summary>Does MODE SENSE with these codes ask for the page?</summary>
    public static bool IsAsked(ModePage page, byte code, byte subpage) =>
        (code == PageCodes.Mode.All || code == page.Code) && (subpage == PageCodes.Mode.AllSubpages || subpage == page.Subpage);

    // WCE: what was written is stable only after FUA or SYNCHRONIZE CACHE (SBC-3 §6.5).
    private static void WriteCaching(LogicalUnit unit, bool current, Span<byte> page) => page[2] = (byte)(unit.Traits.ReadOnly ? 0 : 0x04);

    // One task set for all nexuses, unrestricted reordering, no AEN, busy for as long as it takes (SPC-4 §7.5.8).
    private static void WriteControl(LogicalUnit unit, bool current, Span<byte> page)
    {
        page[2] = (byte)(current && unit.Modes.DescriptorSense ? 0x04 : 0);
        page[3] = 0x10;
        page[4] = (byte)(current && unit.Modes.SoftwareWriteProtect ? 0x08 : 0);
        BinaryPrimitives.WriteUInt16BigEndian(page[8..], ushort.MaxValue);
    }

    private static void WriteControlExtension(LogicalUnit unit, bool current, Span<byte> page) => page[6] = SenseData.MaxLength;

    // DEXCPT: there are no exceptions to report (SPC-4 §7.5.11).
    private static void WriteInformationalExceptions(LogicalUnit unit, bool current, Span<byte> page) => page[2] = 0x08;
}

using System.Buffers.Binary;

namespace Blockwire.Scsi.Device.Modes;

/// <summary>Which values MODE SENSE asks for (the PC field, SPC-4 §6.14).</summary>
internal enum PageControl
{
    /// <summary>As they are.</summary>
    Current = 0,

    /// <summary>A 1 for every bit that MODE SELECT can change.</summary>
    Changeable = 1,

    /// <summary>As they are made.</summary>
    Default = 2,

    /// <summary>As saved: what a reset brings back.</summary>
    Saved = 3,
}

/// <summary>What a logical unit is, as far as its mode pages depend on it.</summary>
/// <param name="Thin">With logical block provisioning.</param>
/// <param name="ReadOnly">Nothing can change the medium.</param>
/// <param name="CdDvd">It is a CD/DVD drive.</param>
/// <param name="Protected">Its disk can keep protection information.</param>
internal readonly record struct ModeScope(bool Thin, bool ReadOnly, bool CdDvd = false, bool Protected = false);

/// <summary>Writes the parameters of a mode page, or the mask of those that can be changed, into cleared bytes; offsets are those of the whole page.</summary>
internal delegate void ModePageWriter(ModeScope scope, Span<byte> page);

/// <summary>Looks for a value that the standard does not allow; the byte that holds it, or -1.</summary>
internal delegate int ModePageCheck(ReadOnlySpan<byte> page);

/// <summary>A mode page: the row that MODE SENSE, MODE SELECT and a reset read.</summary>
/// <param name="Code">Page code.</param>
/// <param name="Subpage">Subpage code, 0 for the page itself.</param>
/// <param name="Length">Length in bytes, page header included.</param>
/// <param name="Defaults">Writes the default values.</param>
/// <param name="Changeable">Writes a 1 for every bit that MODE SELECT can change; null when there is none.</param>
/// <param name="Check">What MODE SELECT holds the values against beyond the mask.</param>
/// <param name="OnlyThin">Only logical units with logical block provisioning have it.</param>
internal sealed record ModePage(
    byte Code,
    byte Subpage,
    int Length,
    ModePageWriter Defaults,
    ModePageWriter? Changeable = null,
    ModePageCheck? Check = null,
    bool OnlyThin = false)
{
    /// <summary>Puts into the current values what is so only at the moment; null for pages that have no such values.</summary>
    public Action<LogicalUnit, Span<byte>>? Now { get; init; }

    /// <summary>SPF in byte 0: the header has four bytes (SPC-4 §7.5.7).</summary>
    public const byte SubpageFormat = 0x40;

    /// <summary>PS in byte 0: the page can be saved. Reserved in MODE SELECT.</summary>
    public const byte Saveable = 0x80;

    /// <summary>PAGE CODE in byte 0.</summary>
    public const byte CodeMask = 0x3F;

    /// <summary>Bytes before the parameters.</summary>
    public int HeaderLength => Subpage == 0 ? 2 : 4;

    /// <summary>Does MODE SENSE with these codes ask for the page?</summary>
    public bool IsAsked(byte code, byte subpage) =>
        (code == PageCodes.Mode.All || code == Code) && (subpage == PageCodes.Mode.AllSubpages || subpage == Subpage);

    /// <summary>The whole page with default values.</summary>
    public byte[] WriteDefaults(ModeScope scope) => Write(scope, Defaults);

    /// <summary>The whole page with a 1 for every bit that can be changed; its header is that of the page.</summary>
    public byte[] WriteMask(ModeScope scope) => Write(scope, Changeable);

    /// <summary>Reads subpage code and length, header included, of the page that begins here; false when its header is not whole.</summary>
    public static bool TryMeasure(ReadOnlySpan<byte> page, out byte subpage, out int length)
    {
        bool hasSubpage = !page.IsEmpty && (page[0] & SubpageFormat) != 0;
        if (page.Length < (hasSubpage ? 4 : 2))
        {
            (subpage, length) = (0, 0);
            return false;
        }

        subpage = hasSubpage ? page[1] : (byte)0;
        length = hasSubpage ? 4 + BinaryPrimitives.ReadUInt16BigEndian(page[2..]) : 2 + page[1];
        return true;
    }

    private byte[] Write(ModeScope scope, ModePageWriter? writer)
    {
        byte[] page = new byte[Length];
        writer?.Invoke(scope, page);
        page[0] = Code;
        if (Subpage == 0)
        {
            page[1] = (byte)(Length - HeaderLength);
        }
        else
        {
            page[0] |= SubpageFormat;
            page[1] = Subpage;
            BinaryPrimitives.WriteUInt16BigEndian(page.AsSpan(2), (ushort)(Length - HeaderLength));
        }

        return page;
    }
}

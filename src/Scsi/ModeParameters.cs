using System.Buffers.Binary;

namespace Blockwire.Scsi;

/// <summary>A mode page as it came (SPC-4 §7.5.7).</summary>
/// <param name="Code">Page code.</param>
/// <param name="Subpage">Subpage code; 0 for the page itself.</param>
/// <param name="Saveable">PS: the target can save it.</param>
/// <param name="Bytes">The whole page with its header.</param>
public readonly record struct ModePageBytes(byte Code, byte Subpage, bool Saveable, ReadOnlyMemory<byte> Bytes);

/// <summary>Mode parameter data of MODE SENSE, and of MODE SELECT: header, block descriptors, pages (SPC-4 §7.5).</summary>
/// <param name="Header">The header.</param>
/// <param name="BlockDescriptors">The block descriptors as they came; often none.</param>
/// <param name="Pages">The pages that came whole.</param>
public sealed record ModeParameters(ModeParameterHeader Header, ReadOnlyMemory<byte> BlockDescriptors, IReadOnlyList<ModePageBytes> Pages)
{
    private const byte SubpageFormat = 0x40;
    private const byte ParametersSaveable = 0x80;

    /// <summary>Reads the data of MODE SENSE(6); null when it is too short for a header.</summary>
    public static ModeParameters? Parse6(ReadOnlyMemory<byte> data) =>
        ModeParameterHeader.Parse6(data.Span) is { } header ? Parse(header, data, ModeParameterHeader.Length6, sizeof(byte)) : null;

    /// <summary>Reads the data of MODE SENSE(10); null when it is too short for a header.</summary>
    public static ModeParameters? Parse10(ReadOnlyMemory<byte> data) =>
        ModeParameterHeader.Parse10(data.Span) is { } header ? Parse(header, data, ModeParameterHeader.Length10, sizeof(ushort)) : null;

    /// <summary>The bytes of a page; empty when it is not there.</summary>
    public ReadOnlyMemory<byte> Find(byte code, byte subpage = 0)
    {
        foreach (ModePageBytes page in Pages)
        {
            if (page.Code == code && page.Subpage == subpage)
            {
                return page.Bytes;
            }
        }

        return default;
    }

    /// <summary>
    /// A parameter list for MODE SELECT(10) that holds one page: a header without block descriptors, and the page without its PS bit, which is reserved there.
    /// </summary>
    public static byte[] ListFor10(ReadOnlySpan<byte> page) => ListFor(page, ModeParameterHeader.Length10);

    /// <summary>The same for MODE SELECT(6).</summary>
    public static byte[] ListFor6(ReadOnlySpan<byte> page) => ListFor(page, ModeParameterHeader.Length6);

    private static byte[] ListFor(ReadOnlySpan<byte> page, int headerLength)
    {
        byte[] list = new byte[headerLength + page.Length];
        page.CopyTo(list.AsSpan(headerLength));
        if (!page.IsEmpty)
        {
            list[headerLength] &= unchecked((byte)~ParametersSaveable);
        }

        return list;
    }

    private static ModeParameters Parse(ModeParameterHeader header, ReadOnlyMemory<byte> data, int headerLength, int lengthField)
    {
        ReadOnlyMemory<byte> rest = data[..Math.Min(data.Length, header.DataLength + lengthField)];
        rest = rest[Math.Min(rest.Length, headerLength)..];
        ReadOnlyMemory<byte> descriptors = rest[..Math.Min(rest.Length, header.BlockDescriptorsLength)];
        rest = rest[descriptors.Length..];
        List<ModePageBytes> pages = [];
        while (TakePage(rest.Span, out byte subpage, out int length))
        {
            byte first = rest.Span[0];
            pages.Add(new ModePageBytes((byte)(first & 0x3F), subpage, (first & ParametersSaveable) != 0, rest[..length]));
            rest = rest[length..];
        }

        return new ModeParameters(header, descriptors, pages);
    }

    private static bool TakePage(ReadOnlySpan<byte> rest, out byte subpage, out int length)
    {
        bool hasSubpage = !rest.IsEmpty && (rest[0] & SubpageFormat) != 0;
        subpage = 0;
        length = int.MaxValue;
        if (hasSubpage && rest.Length >= 4)
        {
            subpage = rest[1];
            length = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]) + 4;
        }
        else if (!hasSubpage && rest.Length >= 2)
        {
            length = rest[1] + 2;
        }

        return length <= rest.Length;
    }
}

/// <summary>Caching mode page, 08h (SBC-3 §6.5.6): the bits that decide where data is.</summary>
/// <param name="WriteCache">WCE: GOOD may come before data is on stable storage.</param>
/// <param name="ReadCacheDisabled">RCD: reads come from the medium.</param>
/// <param name="NonVolatileDisabled">NV_DIS: a non-volatile cache is not to be used.</param>
public readonly record struct CachingPage(bool WriteCache, bool ReadCacheDisabled, bool NonVolatileDisabled)
{
    private const int FlagsAt = 2;
    private const int NonVolatileAt = 13;

    /// <summary>Reads the page, header included; null when it is another page, or too short.</summary>
    public static CachingPage? Parse(ReadOnlySpan<byte> page) =>
        page.Length <= FlagsAt || (page[0] & 0x7F) != PageCodes.Mode.Caching
            ? null
            : new((page[FlagsAt] & 4) != 0, (page[FlagsAt] & 1) != 0, page.Length > NonVolatileAt && (page[NonVolatileAt] & 1) != 0);

    /// <summary>Puts the values into a page that came from the target, so that what else it has stays as it is.</summary>
    /// <exception cref="ArgumentException">It is another page, or too short.</exception>
    public void Apply(Span<byte> page)
    {
        if (Parse(page) is null)
        {
            throw new ArgumentException("not a caching mode page", nameof(page));
        }

        page[FlagsAt] = (byte)((page[FlagsAt] & ~5) | (WriteCache ? 4 : 0) | (ReadCacheDisabled ? 1 : 0));
        if (page.Length > NonVolatileAt)
        {
            page[NonVolatileAt] = (byte)((page[NonVolatileAt] & ~1) | (NonVolatileDisabled ? 1 : 0));
        }
    }
}

/// <summary>Control mode page, 0Ah (SPC-4 §7.5.8): the fields that a disk's user asks for.</summary>
/// <param name="DescriptorSense">D_SENSE: sense data in descriptor format.</param>
/// <param name="SoftwareWriteProtect">SWP: the unit is write protected until this is changed.</param>
/// <param name="TaskAbortedStatus">TAS: tasks that another nexus ends get TASK ABORTED.</param>
/// <param name="TaskSetType">TST: 0 one task set for all nexuses, 1 one for each.</param>
/// <param name="QueueAlgorithm">QUEUE ALGORITHM MODIFIER: 0 restricted reordering, 1 unrestricted.</param>
/// <param name="BusyTimeout">BUSY TIMEOUT PERIOD in units of 100 ms; FFFFh for no limit, 0 when undefined.</param>
public readonly record struct ControlPage(
    bool DescriptorSense, bool SoftwareWriteProtect, bool TaskAbortedStatus, byte TaskSetType, byte QueueAlgorithm, ushort BusyTimeout)
{
    private const int Shortest = 10;

    /// <summary>Reads the page, header included; null when it is another page, or too short.</summary>
    public static ControlPage? Parse(ReadOnlySpan<byte> page) =>
        page.Length < Shortest || (page[0] & 0x7F) != PageCodes.Mode.Control
            ? null
            : new(
                (page[2] & 4) != 0,
                (page[4] & 8) != 0,
                (page[5] & 0x40) != 0,
                (byte)(page[2] >> 5),
                (byte)(page[3] >> 4),
                BinaryPrimitives.ReadUInt16BigEndian(page[8..]));

    /// <summary>Puts the values into a page that came from the target, so that what else it has stays as it is.</summary>
    /// <exception cref="ArgumentException">It is another page, or too short.</exception>
    public void Apply(Span<byte> page)
    {
        if (Parse(page) is null)
        {
            throw new ArgumentException("not a control mode page", nameof(page));
        }

        page[2] = (byte)((page[2] & 0x1B) | (DescriptorSense ? 4 : 0) | TaskSetType << 5);
        page[3] = (byte)((page[3] & 0x0F) | QueueAlgorithm << 4);
        page[4] = (byte)((page[4] & ~8) | (SoftwareWriteProtect ? 8 : 0));
        page[5] = (byte)((page[5] & ~0x40) | (TaskAbortedStatus ? 0x40 : 0));
        BinaryPrimitives.WriteUInt16BigEndian(page[8..], BusyTimeout);
    }
}

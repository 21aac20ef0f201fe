using System.Buffers.Binary;
using System.Numerics;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Modes;

/// <summary>The parameter list of MODE SELECT(6) and (10), read as a whole before anything of it takes effect (SPC-4 §6.11, §7.5).</summary>
internal static class ModeParameterList
{
    private const int ShortDescriptor = 8;
    private const int LongDescriptor = 16;

    /// <summary>Reads and checks a parameter list against what the pages are now.</summary>
    /// <param name="list">The list as it came. One that ends inside a header, a block descriptor or a page is refused.</param>
    /// <param name="isTen">With the header of MODE SELECT(10).</param>
    /// <param name="modes">The pages.</param>
    /// <param name="disk">What the block descriptor has to say: neither capacity nor block length can be changed.</param>
    /// <param name="pages">The new bytes of each page in the list.</param>
    /// <returns>Why it is refused; null when it is not.</returns>
    public static SenseData? Read(
        ReadOnlySpan<byte> list, bool isTen, ModeState modes, DeviceTraits disk, out List<(int Index, byte[] Page)> pages)
    {
        pages = [];
        int at = isTen ? ModeParameterHeader.Length10 : ModeParameterHeader.Length6;
        if (list.Length < at)
        {
            return Sense.ParameterListLengthError;
        }

        if (CheckDescriptors(list, isTen, disk, ref at) is { } badDescriptor)
        {
            return badDescriptor;
        }

        while (at < list.Length)
        {
            if (!ModePage.TryMeasure(list[at..], out byte subpage, out int length))
            {
                return Sense.ParameterListLengthError;
            }

            int index = modes.Find((byte)(list[at] & ModePage.CodeMask), subpage);
            if (index < 0)
            {
                return Sense.InvalidFieldInParameterList(at, 5);
            }

            if (length != modes.Pages[index].Length)
            {
                return Sense.InvalidFieldInParameterList(at + modes.Pages[index].HeaderLength - 1);
            }

            if (length > list.Length - at)
            {
                return Sense.ParameterListLengthError;
            }

            if (CheckPage(list.Slice(at, length), modes, index, at, out byte[] page) is { } badPage)
            {
                return badPage;
            }

            pages.Add((index, page));
            at += length;
        }

        return null;
    }

    // MODE DATA LENGTH, medium type and device-specific parameter are reserved in MODE SELECT and ignored, since everyone sends back what MODE SENSE gave.
    private static SenseData? CheckDescriptors(ReadOnlySpan<byte> list, bool isTen, DeviceTraits disk, ref int at)
    {
        bool isLong = isTen && (list[4] & 1) != 0;
        int length = isTen ? BinaryPrimitives.ReadUInt16BigEndian(list[6..]) : list[3];
        if (length != 0 && length != (isLong ? LongDescriptor : ShortDescriptor))
        {
            return Sense.InvalidFieldInParameterList(isTen ? 6 : 3);
        }

        if (length > list.Length - at)
        {
            return Sense.ParameterListLengthError;
        }

        ReadOnlySpan<byte> descriptor = list.Slice(at, length);
        at += length;
        if (descriptor.IsEmpty)
        {
            return null;
        }

        // No capacity, or all ones, leaves the capacity as it is (SBC-3 §6.5.2.2).
        ulong blocks = isLong ? BinaryPrimitives.ReadUInt64BigEndian(descriptor) : BinaryPrimitives.ReadUInt32BigEndian(descriptor);
        ulong allOnes = isLong ? ulong.MaxValue : uint.MaxValue;
        if (blocks != 0 && blocks != allOnes && blocks != disk.BlockCount)
        {
            return Sense.InvalidFieldInParameterList(at - length);
        }

        int lengthAt = isLong ? 12 : 4;
        return BinaryPrimitives.ReadUInt32BigEndian(descriptor[lengthAt..]) == disk.BlockBytes
            ? null
            : Sense.InvalidFieldInParameterList(at - length + lengthAt);
    }

    private static SenseData? CheckPage(ReadOnlySpan<byte> sent, ModeState modes, int index, int at, out byte[] page)
    {
        ModePage row = modes.Pages[index];
        ReadOnlySpan<byte> current = modes.Read(index, PageControl.Current);
        ReadOnlySpan<byte> mask = modes.Read(index, PageControl.Changeable);
        page = sent.ToArray();
        page[0] = current[0];
        for (int i = row.HeaderLength; i < page.Length; i++)
        {
            int fixedBits = (page[i] ^ current[i]) & ~mask[i];
            if (fixedBits != 0)
            {
                return Sense.InvalidFieldInParameterList(at + i, BitOperations.Log2((uint)fixedBits));
            }
        }

        int bad = row.Check?.Invoke(page) ?? -1;
        return bad < 0 ? null : Sense.InvalidFieldInParameterList(at + bad);
    }
}

using System.Buffers.Binary;
using Blockwire.Scsi;
using Blockwire.Scsi.Device.Copy;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>Third-party copy VPD page, 8Fh (SPC-4 §7.8.17): what copies and tokens there are, in descriptors, the commands as the command table has them.</summary>
internal static class ThirdPartyCopyPage
{
    /// <summary>Segment and CSCD descriptors that are known, in rising order.</summary>
    public static readonly byte[] Descriptors = [0x02, 0xE4];

    private const int HeaderLength = 4;
    private const ushort BlockTokenLimits = 0x0000, Commands = 0x0001, ParameterDataType = 0x0004, KnownDescriptors = 0x0008, KnownIdentifiers = 0x000C,
        TokenFeatures = 0x0106, TokenTypes = 0x0108, GeneralCopies = 0x8001;
    private const byte TokenIn = 0x02, TokenOut = 0x01;

    public static int Write(ScsiTargetDevice device, ScsiCommand command, Span<byte> into)
    {
        LogicalUnit unit = command.Unit!;
        int at = HeaderLength;
        at += Descriptor(into[at..], BlockTokenLimits, WriteBlockTokenLimits(unit, into[(at + 4)..]));
        at += Descriptor(into[at..], Commands, WriteCommands(unit.Table, into[(at + 4)..]));
        at += Descriptor(into[at..], ParameterDataType, WriteParameterData(into[(at + 4)..]));
        into[at + 4] = (byte)Descriptors.Length;
        Descriptors.CopyTo(into[(at + 5)..]);
        at += Descriptor(into[at..], KnownDescriptors, 1 + Descriptors.Length);
        BinaryPrimitives.WriteUInt16BigEndian(into[(at + 4)..], 2);
        BinaryPrimitives.WriteUInt16BigEndian(into[(at + 6)..], ExtendedCopyList.ThisUnit);
        at += Descriptor(into[at..], KnownIdentifiers, 4);
        at += Descriptor(into[at..], TokenFeatures, WriteTokenFeatures(into[(at + 4)..]));
        at += Descriptor(into[at..], TokenTypes, WriteTokenTypes(into[(at + 4)..]));
        at += Descriptor(into[at..], GeneralCopies, WriteGeneralCopies(into[(at + 4)..]));
        into[1] = PageCodes.Vpd.ThirdPartyCopy;
        BinaryPrimitives.WriteUInt16BigEndian(into[2..], (ushort)(at - HeaderLength));
        return at;
    }

    // Lengths are filled up to a multiple of four.
    private static int Descriptor(Span<byte> into, ushort type, int length)
    {
        length = (length + 3) & ~3;
        BinaryPrimitives.WriteUInt16BigEndian(into, type);
        BinaryPrimitives.WriteUInt16BigEndian(into[2..], (ushort)length);
        return 4 + length;
    }

    private static int WriteBlockTokenLimits(LogicalUnit unit, Span<byte> into)
    {
        BinaryPrimitives.WriteUInt16BigEndian(into[6..], CopyBounds.TokenRanges);
        BinaryPrimitives.WriteUInt32BigEndian(into[8..], CopyBounds.MaximumInactivitySeconds);
        BinaryPrimitives.WriteUInt32BigEndian(into[12..], CopyBounds.DefaultInactivitySeconds);
        BinaryPrimitives.WriteUInt64BigEndian(into[16..], CopyBounds.TokenBytes / unit.Traits.BlockBytes);
        BinaryPrimitives.WriteUInt64BigEndian(into[24..], CopyBounds.OptimalTokenBytes / unit.Traits.BlockBytes);
        return 32;
    }

    private static int WriteCommands(CommandTable table, Span<byte> into)
    {
        int at = 1;
        foreach (byte operationCode in (ReadOnlySpan<byte>)[OperationCode.ExtendedCopy, OperationCode.ReceiveCopyResults])
        {
            into[at] = operationCode;
            int count = 0;
            foreach (CommandSpec row in table.Rows)
            {
                if (row.OperationCode == operationCode)
                {
                    into[at + 2 + count++] = row.ServiceAction!.Value;
                }
            }

            into[at + 1] = (byte)count;
            at += 2 + count;
        }

        into[0] = (byte)(at - 1);
        return at;
    }

    private static int WriteParameterData(Span<byte> into)
    {
        BinaryPrimitives.WriteUInt16BigEndian(into[4..], CopyBounds.Disks);
        BinaryPrimitives.WriteUInt16BigEndian(into[6..], CopyBounds.Segments);
        BinaryPrimitives.WriteUInt32BigEndian(into[8..], CopyBounds.ListBytes);
        return 28;
    }

    private static int WriteTokenFeatures(Span<byte> into)
    {
        const int blockFeatures = 48;
        BinaryPrimitives.WriteUInt32BigEndian(into[12..], 1);
        BinaryPrimitives.WriteUInt32BigEndian(into[16..], uint.MaxValue);
        BinaryPrimitives.WriteUInt32BigEndian(into[20..], CopyBounds.MaximumInactivitySeconds);
        BinaryPrimitives.WriteUInt16BigEndian(into[42..], blockFeatures);
        Span<byte> block = into[44..];
        BinaryPrimitives.WriteUInt16BigEndian(block[2..], blockFeatures - 4);
        BinaryPrimitives.WriteUInt64BigEndian(block[8..], CopyBounds.TokenBytes);
        BinaryPrimitives.WriteUInt64BigEndian(block[16..], CopyBounds.OptimalTokenBytes);
        BinaryPrimitives.WriteUInt64BigEndian(block[24..], CopyBounds.TokenBytes);
        BinaryPrimitives.WriteUInt64BigEndian(block[32..], CopyBounds.OptimalTokenBytes);
        return 44 + blockFeatures;
    }

    private static int WriteTokenTypes(Span<byte> into)
    {
        const int length = 64;
        BinaryPrimitives.WriteUInt16BigEndian(into[2..], 2 * length);
        BinaryPrimitives.WriteUInt32BigEndian(into[4..], RodToken.ChangeVulnerable);
        into[8] = TokenIn | TokenOut;
        BinaryPrimitives.WriteUInt32BigEndian(into[(4 + length)..], RodToken.BlockZero);
        into[8 + length] = TokenIn;
        return 4 + 2 * length;
    }

    private static int WriteGeneralCopies(Span<byte> into)
    {
        BinaryPrimitives.WriteUInt32BigEndian(into, CopyBounds.Running);
        BinaryPrimitives.WriteUInt32BigEndian(into[4..], CopyBounds.RunningOfNexus);
        BinaryPrimitives.WriteUInt32BigEndian(into[8..], CopyBounds.SegmentBytes);
        into[12] = CopyBounds.Granularity;
        return 32;
    }
}

using System.Buffers.Binary;
using Blockwire.Scsi;
using Blockwire.Scsi.Device.Commands;

namespace Blockwire.Scsi.Device.Multimedia;

/// <summary>READ DVD STRUCTURE (MMC-5): physical format, copyright and manufacturer of an image that is shown as a DVD. It has one layer, however long it is.</summary>
internal static class DvdStructure
{
    private const byte Physical = 0x00, Copyright = 0x01, Manufacturer = 0x04, List = 0xFF;
    private const int HeaderLength = 4;
    private const int LongLength = HeaderLength + 2048;
    private const int FirstDataSector = 0x03_0000, LastDataSector = 0xFF_FFFF;

    // Format and length of each structure that can be read.
    private static readonly (byte Format, ushort Length)[] Structures = [(Physical, LongLength), (Copyright, 8), (Manufacturer, LongLength)];

    public static SenseData? Plan(ScsiCommand command)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        if ((cdb[1] & 0x0F) != 0)
        {
            // Of Blu-ray media, which there are none here.
            return Sense.InvalidFieldInCdb(1, 3);
        }

        if (cdb[7] is not (Physical or Copyright or Manufacturer or List))
        {
            return Sense.InvalidFieldInCdb(7);
        }

        return cdb[7] != List && CdMedium.IsCd(command.Unit!) ? Sense.IncompatibleMedium
            : cdb[6] != 0 && cdb[7] != List ? Sense.InvalidFieldInCdb(6)
            : ParameterData.Plan(command, BinaryPrimitives.ReadUInt16BigEndian(cdb[8..]), LongLength);
    }

    public static ValueTask Run(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        Span<byte> data = stackalloc byte[LongLength];
        data.Clear();
        int length = command.Cdb[7] switch
        {
            Physical => WritePhysical(command.Unit!, data),
            List => WriteList(command.Unit!, data),
            Copyright => 8, // no protection, all regions
            _ => LongLength,
        };
        BinaryPrimitives.WriteUInt16BigEndian(data, (ushort)(length - 2));
        return ParameterData.Answer(command, data[..length]);
    }

    private static int WritePhysical(LogicalUnit unit, Span<byte> data)
    {
        // A DVD-ROM of part version 1; 120 mm, any rate; one embossed layer; the usual densities. Physical sectors of 24 bits: a longer image shows the last.
        (data[4], data[5], data[6], data[7]) = (0x01, 0x0F, 0x01, 0x00);
        BinaryPrimitives.WriteUInt32BigEndian(data[8..], FirstDataSector);
        BinaryPrimitives.WriteUInt32BigEndian(data[12..], (uint)Math.Min(FirstDataSector + unit.Traits.BlockCount - 1, LastDataSector));
        return LongLength;
    }

    /// <summary>The structures that can be read of the medium that there is.</summary>
    private static int WriteList(LogicalUnit unit, Span<byte> data)
    {
        const byte readable = 0x40;
        int at = HeaderLength;
        foreach ((byte format, ushort length) in CdMedium.IsCd(unit) ? [] : Structures)
        {
            (data[at], data[at + 1]) = (format, readable);
            BinaryPrimitives.WriteUInt16BigEndian(data[(at + 2)..], length);
            at += 4;
        }

        return at;
    }
}

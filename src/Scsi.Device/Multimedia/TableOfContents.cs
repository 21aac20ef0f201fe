using System.Buffers.Binary;
using Blockwire.Scsi;
using Blockwire.Scsi.Device.Commands;

namespace Blockwire.Scsi.Device.Multimedia;

/// <summary>READ TOC/PMA/ATIP (MMC-5) with the formats that a pressed medium has: table of contents, sessions, raw table of contents.</summary>
internal static class TableOfContents
{
    private const byte MsfBit = 0x02;
    private const byte FormatMask = 0x0F;
    private const byte Tracks = 0, Sessions = 1, Raw = 2;
    private const byte FirstTrack = 1, LastTrack = 1, OnlySession = 1;
    private const byte FirstTrackPoint = 0xA0, LastTrackPoint = 0xA1, LeadOutPoint = 0xA2;

    public static SenseData? Plan(ScsiCommand command)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        byte number = cdb[6];
        switch (Format(cdb))
        {
            case Tracks when number is > LastTrack and not CdMedium.LeadOut:
            case Raw when number > OnlySession:
                return Sense.InvalidFieldInCdb(6);
            case Tracks or Sessions or Raw:
                return ParameterData.Plan(command, BinaryPrimitives.ReadUInt16BigEndian(cdb[7..]));
            default:
                return (cdb[2] & FormatMask) != 0 ? Sense.InvalidFieldInCdb(2, 3) : Sense.InvalidFieldInCdb(9, 7);
        }
    }

    public static ValueTask Run(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        bool msf = (cdb[1] & MsfBit) != 0;
        uint end = CdMedium.Blocks(command.Unit!);
        Span<byte> data = stackalloc byte[64];
        data.Clear();
        (data[2], data[3]) = (1, 1);
        int length = Format(cdb) switch
        {
            Tracks => WriteTracks(data, cdb[6], msf, end),
            Sessions => 4 + WriteTrack(data[4..], FirstTrack, 0, msf),
            _ => WriteRaw(data, end),
        };
        BinaryPrimitives.WriteUInt16BigEndian(data, (ushort)(length - 2));
        return ParameterData.Answer(command, data[..length]);
    }

    // SFF-8020, which MMC replaced, had the format in the control byte; Linux looks for the last session like that.
    private static int Format(ReadOnlySpan<byte> cdb) => (cdb[2] & FormatMask) != 0 ? cdb[2] & FormatMask : cdb[9] >> 6;

    private static int WriteTracks(Span<byte> data, byte from, bool msf, uint end)
    {
        int at = 4;
        if (from <= LastTrack)
        {
            at += WriteTrack(data[at..], FirstTrack, 0, msf);
        }

        return at + WriteTrack(data[at..], CdMedium.LeadOut, end, msf);
    }

    private static int WriteTrack(Span<byte> into, byte number, uint lba, bool msf)
    {
        (into[1], into[2]) = (CdMedium.DataTrack, number);
        CdMedium.WriteAddress(lba, msf, into[4..]);
        return 8;
    }

    private static int WriteRaw(Span<byte> data, uint end)
    {
        int at = 4;
        foreach (byte point in (ReadOnlySpan<byte>)[FirstTrackPoint, LastTrackPoint, LeadOutPoint, FirstTrack])
        {
            Span<byte> entry = data[at..];
            (entry[0], entry[1], entry[3]) = (OnlySession, CdMedium.DataTrack, point);
            switch (point)
            {
                case FirstTrackPoint:
                    // PSEC is the disc type: 00h for CD-DA and CD-ROM.
                    entry[8] = FirstTrack;
                    break;
                case LastTrackPoint:
                    entry[8] = LastTrack;
                    break;
                default:
                    CdMedium.WriteMsf(point == LeadOutPoint ? end : 0, entry[8..]);
                    break;
            }

            at += 11;
        }

        return at;
    }
}

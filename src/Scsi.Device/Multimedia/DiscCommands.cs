using System.Buffers.Binary;
using Blockwire.Scsi;
using Blockwire.Scsi.Device.Commands;

namespace Blockwire.Scsi.Device.Multimedia;

/// <summary>READ DISC INFORMATION, READ TRACK INFORMATION and READ SUB-CHANNEL (MMC-5) of a disc that was pressed: one session, one data track, complete.</summary>
internal static class DiscCommands
{
    private const int DiscInformationLength = 34, TrackInformationLength = 36;
    private const byte ByAddress = 0, ByTrack = 1, BySession = 2;
    private const byte SubQBit = 0x40, MsfBit = 0x02;
    private const byte CurrentPosition = 1, CatalogueNumber = 2, RecordingCode = 3;
    private const byte NoAudioStatus = 0x15;

    public static SenseData? PlanDiscInformation(ScsiCommand command) => (command.Cdb[1] & 7) != 0
        ? Sense.InvalidFieldInCdb(1, 2)
        : ParameterData.Plan(command, Allocation(command), DiscInformationLength);

    public static ValueTask DiscInformation(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        Span<byte> data = stackalloc byte[DiscInformationLength];
        data.Clear();
        data[1] = DiscInformationLength - 2;

        // The last session and the disc are complete; nothing can be erased. First track, sessions, first and last track of the last session.
        data[2] = 0x0E;
        data[3..7].Fill(1);

        // URU: for unrestricted use. Disc type 00h: CD-ROM; of a DVD there is none to tell.
        data[7] = 0x20;
        data[8] = CdMedium.IsCd(command.Unit!) ? (byte)0x00 : (byte)0xFF;

        // A complete disc has no place for a next session.
        data[16..24].Fill(0xFF);
        return ParameterData.Answer(command, data);
    }

    public static SenseData? PlanTrackInformation(ScsiCommand command)
    {
        uint number = BinaryPrimitives.ReadUInt32BigEndian(command.Cdb[2..]);
        return (command.Cdb[1] & 3) switch
        {
            ByAddress => BlockRange.Check(command.Unit!, number, 1),
            ByTrack or BySession => number == 1 ? null : Sense.InvalidFieldInCdb(2),
            _ => Sense.InvalidFieldInCdb(1, 1),
        } ?? ParameterData.Plan(command, Allocation(command), TrackInformationLength);
    }

    public static ValueTask TrackInformation(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        Span<byte> data = stackalloc byte[TrackInformationLength];
        data.Clear();
        data[1] = TrackInformationLength - 2;
        (data[2], data[3]) = (1, 1);

        // Track mode: data, recorded without interruption. Data mode 1.
        (data[5], data[6]) = (CdMedium.DataTrack & 0x0F, 1);
        BinaryPrimitives.WriteUInt32BigEndian(data[24..], CdMedium.Blocks(command.Unit!));
        return ParameterData.Answer(command, data);
    }

    public static SenseData? PlanSubChannel(ScsiCommand command)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        return (cdb[2] & SubQBit) != 0 && cdb[3] is not (CurrentPosition or CatalogueNumber or RecordingCode) ? Sense.InvalidFieldInCdb(3)
            : (cdb[2] & SubQBit) != 0 && cdb[3] == RecordingCode && cdb[6] != 1 ? Sense.InvalidFieldInCdb(6)
            : ParameterData.Plan(command, Allocation(command));
    }

    /// <summary>READ SUB-CHANNEL: nothing plays, and there is neither a catalogue number nor a recording code.</summary>
    public static ValueTask SubChannel(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        Span<byte> data = stackalloc byte[24];
        data.Clear();
        data[1] = NoAudioStatus;
        int length = 4;
        if ((cdb[2] & SubQBit) != 0)
        {
            data[4] = cdb[3];
            length = cdb[3] == CurrentPosition ? 16 : 24;
            if (cdb[3] != CatalogueNumber)
            {
                (data[5], data[6]) = (CdMedium.DataTrack, 1);
            }

            if (cdb[3] == CurrentPosition)
            {
                // Index 1, at the beginning of the track: nothing has moved. The second address counts from there and not from the disc's: it is 0 in either form.
                data[7] = 1;
                CdMedium.WriteAddress(0, (cdb[1] & MsfBit) != 0, data[8..]);
            }
        }

        BinaryPrimitives.WriteUInt16BigEndian(data[2..], (ushort)(length - 4));
        return ParameterData.Answer(command, data[..length]);
    }

    private static ushort Allocation(ScsiCommand command) => BinaryPrimitives.ReadUInt16BigEndian(command.Cdb[7..]);
}

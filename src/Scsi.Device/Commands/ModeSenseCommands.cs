using System.Buffers.Binary;
using Blockwire.Scsi;
using Blockwire.Scsi.Device.Modes;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>MODE SENSE(6) and (10) (SPC-4 §6.13 and §6.14).</summary>
internal static class ModeSenseCommands
{
    private const byte NoBlockDescriptors = 0x08;
    private const byte LongLba = 0x10;
    private const byte PageCodeMask = 0x3F;
    private const int ShortDescriptor = 8;
    private const int LongDescriptor = 16;

    public static SenseData? Plan(ScsiCommand command)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        if (ControlOf(cdb) == PageControl.Saved && command.Unit!.SavedModes is null)
        {
            return Sense.SavingParametersNotSupported;
        }

        IReadOnlyList<ModePage> pages = command.Unit!.Modes.Pages;

        byte code = (byte)(cdb[2] & PageCodeMask);
        if (code == PageCodes.Mode.All ? cdb[3] is not (0 or PageCodes.Mode.AllSubpages) : !AnyAsked(pages, code, cdb[3]))
        {
            return cdb[3] != 0 && (code == PageCodes.Mode.All || AnyAsked(pages, code, 0))
                ? Sense.InvalidFieldInCdb(3)
                : Sense.InvalidFieldInCdb(2, 5);
        }

        return ParameterData.Plan(command, IsTen(cdb) ? BinaryPrimitives.ReadUInt16BigEndian(cdb[7..]) : cdb[4]);
    }

    public static ValueTask Run(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        LogicalUnit unit = command.Unit!;
        Span<byte> data = stackalloc byte[ParameterData.Most];
        int header = IsTen(cdb) ? ModeParameterHeader.Length10 : ModeParameterHeader.Length6;
        bool longLba = IsTen(cdb) && (cdb[1] & LongLba) != 0;
        // MMC has no block descriptors, and no device-specific parameter in the header.
        int descriptors = (cdb[1] & NoBlockDescriptors) != 0 || unit.Type == LogicalUnitType.CdDvd ? 0 : WriteBlockDescriptor(unit.Traits, longLba, data[header..]);
        int at = header + descriptors;
        ModeState modes = unit.Modes;
        for (int i = 0; i < modes.Pages.Count; i++)
        {
            if (modes.Pages[i].IsAsked((byte)(cdb[2] & PageCodeMask), cdb[3]))
            {
                ReadOnlySpan<byte> page = modes.Read(i, ControlOf(cdb));
                page.CopyTo(data[at..]);
                if (ControlOf(cdb) == PageControl.Current)
                {
                    modes.Pages[i].Now?.Invoke(unit, data[at..]);
                }

                data[at] |= unit.SavedModes is not null && modes.IsChangeable(i) ? ModePage.Saveable : (byte)0;
                at += page.Length;
            }
        }

        if (IsTen(cdb))
        {
            Header(unit, longLba && descriptors > 0, descriptors, at - 2).Write10(data);
        }
        else
        {
            Header(unit, false, descriptors, at - 1).Write6(data);
        }

        return ParameterData.Answer(command, data[..at]);
    }

    private static ModeParameterHeader Header(LogicalUnit unit, bool longLba, int descriptors, int dataLength) =>
        unit.Type == LogicalUnitType.CdDvd
            ? new(false, false, longLba, descriptors, dataLength)
            : new(unit.WriteProtected, true, longLba, descriptors, dataLength);

    /// <summary>Block descriptor of a disk, short or long (SBC-3 §6.5).</summary>
    private static int WriteBlockDescriptor(DeviceTraits traits, bool longLba, Span<byte> into)
    {
        if (longLba)
        {
            into[..LongDescriptor].Clear();
            BinaryPrimitives.WriteUInt64BigEndian(into, traits.BlockCount);
            BinaryPrimitives.WriteUInt32BigEndian(into[12..], traits.BlockBytes);
            return LongDescriptor;
        }

        BinaryPrimitives.WriteUInt32BigEndian(into, (uint)Math.Min(traits.BlockCount, uint.MaxValue));
        BinaryPrimitives.WriteUInt32BigEndian(into[4..], traits.BlockBytes);
        return ShortDescriptor;
    }

    private static bool AnyAsked(IReadOnlyList<ModePage> pages, byte code, byte subpage)
    {
        foreach (ModePage page in pages)
        {
            if (page.IsAsked(code, subpage))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsTen(ReadOnlySpan<byte> cdb) => cdb[0] == OperationCode.ModeSense10;

    private static PageControl ControlOf(ReadOnlySpan<byte> cdb) => (PageControl)(cdb[2] >> 6);
}

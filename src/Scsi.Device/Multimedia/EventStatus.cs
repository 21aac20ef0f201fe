using System.Buffers.Binary;
using System.Numerics;
using Blockwire.Scsi;
using Blockwire.Scsi.Device.Commands;
using Blockwire.Scsi.Device.Upkeep;

namespace Blockwire.Scsi.Device.Multimedia;

/// <summary>
/// GET EVENT STATUS NOTIFICATION (MMC-5), polled: an event of the first class that was asked for and has one, or no change in the first. Each nexus hears of each event once.
/// </summary>
internal static class EventStatus
{
    private const byte Polled = 0x01;
    private const byte OperationalChange = 1, Power = 2, Media = 4, DeviceBusy = 6;
    private const byte SupportedClasses = 1 << OperationalChange | 1 << Power | 1 << Media | 1 << DeviceBusy;
    private const byte NoEventAvailable = 0x80;
    private const int HeaderLength = 4;
    private const int EventLength = 4;
    private const byte TrayOpen = 0x01, MediaPresent = 0x02, PersistentlyPrevented = 0x80;
    private const byte PowerChanged = 1, OperationalChanged = 2, FeatureChange = 1;

    public static SenseData? Plan(ScsiCommand command) => (command.Cdb[1] & Polled) == 0
        ? Sense.InvalidFieldInCdb(1, 0)
        : ParameterData.Plan(command, BinaryPrimitives.ReadUInt16BigEndian(command.Cdb[7..]), HeaderLength + EventLength);

    public static ValueTask Run(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        LogicalUnit unit = command.Unit!;
        byte classes = (byte)(command.Cdb[4] & SupportedClasses);
        byte[] data = new byte[HeaderLength + EventLength];
        data[3] = SupportedClasses;
        if (classes == 0)
        {
            data[1] = HeaderLength - 2;
            data[2] = NoEventAvailable;
            return ParameterData.Answer(command, data.AsSpan(0, HeaderLength));
        }

        data[1] = HeaderLength + EventLength - 2;
        PowerCondition power = unit.Power.Condition;
        byte medium = (byte)(unit.IsTrayOpen ? TrayOpen : unit.IsLoaded ? MediaPresent : 0);

        // Who has no room for an event has not heard of it (MMC-5).
        bool isTold = command.DataInPlanned > HeaderLength;
        unit.WithEvents(command.Nexus, out bool prevents, events =>
        {
            data[2] = ClassOf(classes, events, power);
            WriteEvent(data.AsSpan(HeaderLength), data[2], events, power, medium);
            if (isTold)
            {
                Forget(data[2], events, power);
            }
        });
        if (data[2] == OperationalChange && prevents)
        {
            data[HeaderLength + 1] |= PersistentlyPrevented;
        }

        return ParameterData.Answer(command, data);
    }

    /// <summary>The class to tell of: the first with an event, or else the first that was asked for. The lower the number, the more important it is.</summary>
    private static byte ClassOf(byte classes, DriveEvents events, PowerCondition power)
    {
        byte pending = (byte)((events.FeaturesChanged ? 1 << OperationalChange : 0) | (events.IsNews(power) ? 1 << Power : 0)
            | (events.Media != MediaEvent.None ? 1 << Media : 0));
        return (byte)BitOperations.TrailingZeroCount((pending & classes) != 0 ? pending & classes : classes);
    }

    private static void WriteEvent(Span<byte> into, byte about, DriveEvents events, PowerCondition power, byte medium)
    {
        switch (about)
        {
            case OperationalChange when events.FeaturesChanged:
                (into[0], into[3]) = (OperationalChanged, FeatureChange);
                break;
            case Power:
                into[0] = events.IsNews(power) ? PowerChanged : (byte)0;
                into[1] = power switch
                {
                    PowerCondition.Active => 1,
                    PowerCondition.StandbyY or PowerCondition.StandbyZ => 3,
                    _ => 2,
                };
                break;
            case Media:
                (into[0], into[1]) = ((byte)events.Media, medium);
                break;
            default:
                // Operational change: no change, and available. Device busy: no event, not busy.
                break;
        }
    }

    private static void Forget(byte about, DriveEvents events, PowerCondition power)
    {
        switch (about)
        {
            case OperationalChange:
                events.ClearFeatures();
                break;
            case Power:
                events.Told(power);
                break;
            case Media:
                events.ClearMedia();
                break;
            default:
                break;
        }
    }
}

using System.Buffers.Binary;

namespace Blockwire.Scsi.Device.Tests.Reservations;

/// <summary>PERSISTENT RESERVE commands for tests.</summary>
internal static class Pr
{
    public const ReservationType WE = ReservationType.WriteExclusive, EA = ReservationType.ExclusiveAccess,
        WERO = ReservationType.WriteExclusiveRegistrantsOnly, EARO = ReservationType.ExclusiveAccessRegistrantsOnly,
        WEAR = ReservationType.WriteExclusiveAllRegistrants, EAAR = ReservationType.ExclusiveAccessAllRegistrants;

    public static byte[] InCdb(byte action, ushort allocation = 8192) =>
        [OperationCode.PersistentReserveIn, action, 0, 0, 0, 0, 0, (byte)(allocation >> 8), (byte)allocation, 0];

    public static byte[] OutCdb(ReservationAction action, int length = ReservationParameters.Length, ReservationType type = default, int scope = 0)
    {
        byte[] cdb = new byte[10];
        (cdb[0], cdb[1], cdb[2]) = (OperationCode.PersistentReserveOut, (byte)action, (byte)(scope << 4 | (byte)type));
        BinaryPrimitives.WriteInt32BigEndian(cdb.AsSpan(5), length);
        return cdb;
    }

    public static Outcome Send(this Rig rig, Nexus nexus, ReservationAction action, byte[] list, ReservationType type = default, int scope = 0) =>
        rig.Run(nexus, OutCdb(action, list.Length, type, scope), list);

    public static Outcome Do(this Rig rig, Nexus nexus, ReservationAction action, ulong key, ulong other = 0, ReservationType type = default) =>
        rig.Send(nexus, action, new ReservationParameters(key, other).ToArray(), type);

    public static void Register(this Rig rig, Nexus nexus, ulong key, bool persist = false) => rig.Send(
        nexus, ReservationAction.RegisterAndIgnoreExistingKey, new ReservationParameters(0, key, PersistThroughPowerLoss: persist).ToArray()).ShouldBeGood();

    public static void Reserve(this Rig rig, Nexus nexus, ulong key, ReservationType type) =>
        rig.Do(nexus, ReservationAction.Reserve, key, 0, type).ShouldBeGood();

    /// <summary>READ KEYS, by a nexus that hears no unit attention first.</summary>
    public static ReservationKeys Keys(this Rig rig) => ReservationKeys.Parse(Read(rig, ServiceAction.ReadKeys))!;

    public static CurrentReservation Reservation(this Rig rig) => CurrentReservation.Parse(Read(rig, ServiceAction.ReadReservation))!.Value;

    public static ReservationCapabilities Capabilities(this Rig rig) => ReservationCapabilities.Parse(Read(rig, ServiceAction.ReportCapabilities))!;

    public static IReadOnlyList<ReservationRegistrant> FullStatus(this Rig rig) => ReservationRegistrant.ParseAll(Read(rig, ServiceAction.ReadFullStatus))!;

    public static void ShouldConflict(this Outcome outcome) =>
        Assert.True(outcome.Status == ScsiStatus.ReservationConflict, $"{outcome.Status} {outcome.Sense} instead of RESERVATION CONFLICT");

    /// <summary>What TEST UNIT READY hears, then nothing more.</summary>
    public static void Hears(this Rig rig, Nexus nexus, SenseData attention)
    {
        rig.Run(nexus, Cdbs.TestUnitReady).ShouldBe(attention);
        rig.HearsNothing(nexus);
    }

    public static void HearsNothing(this Rig rig, Nexus nexus) => rig.Run(nexus, Cdbs.TestUnitReady).ShouldBeGood();

    // From a nexus of its own: PERSISTENT RESERVE IN is for everybody, and what the others have still to hear stays.
    private static byte[] Read(Rig rig, byte action)
    {
        Nexus reader = rig.Attach("iqn.2026-11.local.reader:r", 99);
        Outcome outcome = rig.Run(reader, InCdb(action));
        outcome.ShouldBeGood();
        rig.Target.DetachNexus(reader);
        return outcome.DataIn;
    }
}

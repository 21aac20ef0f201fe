namespace Blockwire.Scsi.Device.Tests.Reservations;

/// <summary>
/// Goal: each row of the table does beside a persistent reservation of each type what its rule says (SPC-4 §5.13.1, SBC-3 §4.17). Method: the good example of every row, from a
/// nexus that is not registered, from one that is, and from the holder.
/// </summary>
public sealed class EveryReservationTests
{
    private static readonly ReservationType[] Types = [Pr.WE, Pr.EA, Pr.WERO, Pr.EARO, Pr.WEAR, Pr.EAAR];

    // RESERVE and RELEASE beside persistent reservations, and what PERSISTENT RESERVE OUT does to them, are rules of their own: ConflictTests and its neighbours have them.
    public static TheoryData<string> Names =>
    [
        .. CommandTable.Thin.Rows
            .Where(static row => row.OperationCode is not (OperationCode.PersistentReserveOut or OperationCode.Reserve6 or OperationCode.Reserve10 or OperationCode.Release6 or OperationCode.Release10))
            .Select(static row => row.Name),
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_type_keeps_out_whom_the_rule_keeps_out(string name)
    {
        (CommandSpec row, byte[] cdb, byte[] data) = GoodExamples.Named(name);
        foreach (ReservationType type in Types)
        {
            bool reads = type is Pr.WE or Pr.WERO or Pr.WEAR, shared = type is not (Pr.WE or Pr.EA);
            bool stranger = row.Reservation switch
            {
                ReservationRule.Conflict => false,
                ReservationRule.AllowedToRead => reads,
                _ => true,
            };
            Check(row, cdb, data, type, register: false, holder: false, stranger);
            Check(row, cdb, data, type, register: true, holder: false, stranger || shared);
            Check(row, cdb, data, type, register: false, holder: true, runs: true);
        }
    }

    private static void Check(CommandSpec row, byte[] cdb, byte[] data, ReservationType type, bool register, bool holder, bool runs)
    {
        Rig rig = new(state: new FakeStateStore());
        rig.Ready(row);
        rig.Register(rig.First, 1);
        rig.Reserve(rig.First, 1, type);
        if (register)
        {
            rig.Register(rig.Second, 2);
        }

        Outcome outcome = rig.Run(holder ? rig.First : rig.Second, cdb, data);
        ScsiStatus wanted = runs ? ScsiStatus.Good : ScsiStatus.ReservationConflict;
        Assert.True(outcome.Status == wanted, $"{type}, registered {register}, holder {holder}: {outcome.Status} {outcome.Sense}");
        Assert.True(runs || outcome.DataOutWanted == 0, "data-out of a command that conflicts");
    }
}

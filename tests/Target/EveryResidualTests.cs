using Blockwire.Scsi;
using Blockwire.Scsi.Device;
using Blockwire.Scsi.Device.Copy;
using Blockwire.Scsi.Device.Tests;
using Blockwire.Storage;
using Blockwire.Testing.Raw;

namespace Blockwire.Target.Tests;

/// <summary>
/// Goal: whatever length an initiator expects, each command moves what fits and tells of the rest (RFC 7143 §11.4.5). Method: the good example of every row of the command table over
/// a socket, with the right length, with more and with less.
/// </summary>
public sealed class EveryResidualTests
{
    private const ushort List = 0;

    /// <summary>Without those that also take data, which have two residuals (<see cref="BidirectionalTests"/>).</summary>
    public static TheoryData<string> Reading => Of(CommandFlags.DataIn, not: CommandFlags.DataOut);

    public static TheoryData<string> Taking => Of(CommandFlags.DataOut);

    [Theory]
    [MemberData(nameof(Reading))]
    public async Task What_is_read_is_cut_or_ends_early(string name)
    {
        (CommandSpec row, byte[] cdb, _) = GoodExamples.Named(name);
        await using ServerRig server = await StartAsync();
        using RawInitiator initiator = await server.LogInAsync();
        await PrepareAsync(initiator, row);
        RawScsiResult all = await initiator.CommandAsync(0, cdb, 16384);
        int length = all.DataIn.Length;
        Assert.True(all.IsGood && length > 0, $"{all}");
        Assert.Equal(16384 - length, all.Residual);
        foreach (int expected in new[] { length, length + 1, length + 512, length - 1, length / 2 })
        {
            RawScsiResult result = await initiator.CommandAsync(0, cdb, expected);
            Assert.True(result.IsGood, $"{expected} of {length}: {result}");
            Assert.Equal((Math.Min(expected, length), (long)expected - length), (result.DataIn.Length, result.Residual));
        }
    }

    [Theory]
    [MemberData(nameof(Taking))]
    public async Task What_is_offered_beyond_the_need_is_left(string name)
    {
        (CommandSpec row, byte[] cdb, byte[] data) = GoodExamples.Named(name);
        int wanted = Wanted(row, cdb, data);
        foreach (int more in new[] { 0, 1, 512 })
        {
            await using ServerRig server = await StartAsync();
            using RawInitiator initiator = await server.LogInAsync();
            using RawInitiator other = await server.LogInAsync(isid: 2);
            await PrepareAsync(initiator, row);
            if (row.OperationCode == OperationCode.PersistentReserveOut)
            {
                await ReserveAsync(other, ReservationAction.RegisterAndIgnoreExistingKey, new ReservationParameters(0, 2));
            }

            RawScsiResult result = await initiator.CommandAsync(0, cdb, dataOut: [.. data[..wanted], .. new byte[more]]);
            if (more > 0 && WantsExactly(row))
            {
                Assert.Equal((int)SenseKey.IllegalRequest, result.SenseKey);
                continue;
            }

            Assert.True(result.IsGood, $"{more} more: {result}");
            Assert.Equal(row.OperationCode == OperationCode.ReassignBlocks ? 0 : more, result.Residual);
        }
    }

    [Theory]
    [MemberData(nameof(Taking))]
    public async Task What_is_offered_below_the_need_is_told(string name)
    {
        (CommandSpec row, byte[] cdb, byte[] data) = GoodExamples.Named(name);
        int wanted = Wanted(row, cdb, data);
        if (wanted == 0)
        {
            return;
        }

        await using ServerRig server = await StartAsync();
        using RawInitiator initiator = await server.LogInAsync();
        await PrepareAsync(initiator, row);
        int offered = wanted - 1;
        RawScsiResult result = await initiator.CommandAsync(0, cdb, dataOut: data[..offered]);
        Assert.True(result.IsGood || result.SenseKey == (int)SenseKey.IllegalRequest, $"{result}");
        if (!WantsExactly(row) && row.OperationCode != OperationCode.ReassignBlocks)
        {
            Assert.Equal(-1, result.Residual);
        }
    }

    // As the libiscsi suite expects, an offer of anything else is taken for a mistake before data is moved.
    private static bool WantsExactly(CommandSpec row) => row.OperationCode is OperationCode.WriteSame10 or OperationCode.WriteSame16 or OperationCode.CompareAndWrite;

    private static TheoryData<string> Of(CommandFlags flag, CommandFlags not = CommandFlags.None) =>
        [.. CommandTable.Thin.Rows.Where(row => row.Has(flag) && (row.Flags & not) == CommandFlags.None).Select(row => row.Name)];

    /// <summary>Bytes that the CDB takes, as the device server says itself; what REASSIGN BLOCKS takes, its list says.</summary>
    private static int Wanted(CommandSpec row, byte[] cdb, byte[] data)
    {
        Rig rig = new(state: new FakeStateStore());
        GoodExamples.Prepare(rig, row);
        Outcome outcome = rig.Run(cdb, data);
        outcome.ShouldBeGood();
        return row.OperationCode == OperationCode.ReassignBlocks ? data.Length : (int)outcome.DataOutWanted;
    }

    private static Task<ServerRig> StartAsync()
    {
        LogicalUnit unit = new(0, new MemoryDisk(1 << 20), new LogicalUnitOptions { Identity = ServerRig.TargetName + "/0", Thin = true, State = new FakeStateStore() });
        return ServerRig.StartAsync(change: options => options with { Targets = [new TargetOptions(ServerRig.TargetName, [unit])] });
    }

    /// <summary>What <see cref="GoodExamples.Prepare"/> does on a device server, over the session: a copy whose result can be asked for, a registration.</summary>
    private static async Task PrepareAsync(RawInitiator initiator, CommandSpec row)
    {
        if (row.OperationCode == OperationCode.ReceiveCopyResults || row is { OperationCode: OperationCode.ExtendedCopy, ServiceAction: ServiceAction.CopyOperationAbort })
        {
            byte[] list = CopyData.Populate(new BlockRun(0, 1));
            Assert.True((await initiator.CommandAsync(0, Cdbs.Token(ServiceAction.PopulateToken, List, list.Length), dataOut: list)).IsGood);
        }

        ReservationAction action = (ReservationAction)(row.ServiceAction ?? 0);
        if (row.OperationCode != OperationCode.PersistentReserveOut || action is ReservationAction.Register or ReservationAction.RegisterAndIgnoreExistingKey)
        {
            return;
        }

        await ReserveAsync(initiator, ReservationAction.Register, new ReservationParameters(0, 1));
        if (action == ReservationAction.RegisterAndMove)
        {
            await ReserveAsync(initiator, ReservationAction.Reserve, new ReservationParameters(1));
        }
    }

    private static async Task ReserveAsync(RawInitiator initiator, ReservationAction action, ReservationParameters parameters)
    {
        byte[] list = parameters.ToArray();
        byte[] cdb = Blockwire.Scsi.Device.Tests.Reservations.Pr.OutCdb(action, list.Length, ReservationType.WriteExclusive);
        RawScsiResult result = await initiator.CommandAsync(0, cdb, dataOut: list);
        Assert.True(result.IsGood, $"{result}");
    }
}

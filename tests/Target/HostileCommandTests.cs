using Blockwire.Scsi;
using Blockwire.Scsi.Device;
using Blockwire.Scsi.Device.Tests;
using Blockwire.Storage;
using Blockwire.Testing.Raw;
using Microsoft.Extensions.Logging;

namespace Blockwire.Target.Tests;

/// <summary>
/// Goal: no command, however it is filled in and whatever is sent with it, fails inside the server, goes unanswered, ends the connection or shows what others have sent.
/// Method: every row of every command table with fields at their ends and at random, with too much data and too little, over a socket, beside an initiator that writes to another unit.
/// </summary>
public sealed class HostileCommandTests
{
    private const int Variants = 24;
    private const byte ClearAca = 3, LogicalUnitReset = 5;
    private static readonly byte[] Secret = "of others"u8.ToArray();
    private static readonly byte[] Secrets = [.. Enumerable.Repeat(Secret, 512 * 512 / Secret.Length + 1).SelectMany(static it => it).Take(512 * 512)];
    private static readonly int[] Lengths = [0, 1, 4, 8, 36, 512, 520, 2048, 4096, 65536, 200_000];

    public static TheoryData<string, string> Rows
    {
        get
        {
            TheoryData<string, string> rows = [];
            foreach ((string kind, CommandTable table) in new[] { ("disk", CommandTable.Thin), ("protected", CommandTable.For(true, false, true)), ("drive", CommandTable.CdDvd) })
            {
                foreach (CommandSpec row in table.Rows)
                {
                    rows.Add(kind, row.Name);
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Every_command_is_answered(string kind, string name)
    {
        (LogicalUnit unit, CommandTable table) = Unit(kind);
        CommandSpec row = table.Rows.First(row => row.Name == name);
        await using ServerRig server = await ServerRig.StartAsync(change: options => options with { Targets = [new TargetOptions(ServerRig.TargetName, [unit, Neighbour()])] });
        using RawInitiator initiator = await server.LogInAsync();
        using RawInitiator other = await server.LogInAsync(isid: 2);
        _ = await other.CommandAsync(1, new byte[6]);
        Random random = new(row.Name.Aggregate(kind.Length, static (sum, letter) => unchecked(sum * 31 + letter)));
        for (int variant = 0; variant < Variants; variant++)
        {
            if (variant % 6 == 0)
            {
                Assert.True((await other.CommandAsync(1, RawFrames.Cdb10(ServerRig.Write10, 0, 512), dataOut: Secrets)).IsGood);
            }

            byte[] cdb = Fill(row, variant, random);
            int length = Lengths[random.Next(Lengths.Length)];
            byte[] data = new byte[row.Has(CommandFlags.DataOut) || random.Next(8) == 0 ? length : 0];
            FillData(data, random);
            RawScsiResult result = await initiator.CommandAsync(0, cdb, data.Length > 0 ? 0 : length, data);
            Assert.Equal(-1, result.DataIn.AsSpan().IndexOf(Secret));
            Assert.True((ScsiStatus)result.Status is ScsiStatus.Good or ScsiStatus.CheckCondition or ScsiStatus.ConditionMet, $"{Convert.ToHexString(cdb)}: {result}");
            if (!result.IsGood)
            {
                await ManageAsync(initiator, ClearAca); // with NACA it has left an auto contingent allegiance
            }

            if (variant % 6 == 5)
            {
                await ManageAsync(initiator, LogicalUnitReset);
            }
        }

        Assert.Equal([1, 2, 3], await initiator.PingAsync(1, 2, 3));
        Assert.DoesNotContain(server.Log.Lines, static line => line.Level >= LogLevel.Error);
    }

    private static async Task ManageAsync(RawInitiator initiator, byte function)
    {
        await initiator.SendAsync(RawFrames.TaskManagement(function, 0, initiator.NewTag(), RawFrames.ReservedTag, 0));
        await initiator.ExpectAfterWindowAsync(RawOpcode.TaskManagementResponse);
    }

    private static LogicalUnit Neighbour() => new(1, new MemoryDisk(1 << 20), new LogicalUnitOptions { Identity = ServerRig.TargetName + "/1" });

    private static (LogicalUnit Unit, CommandTable Table) Unit(string kind)
    {
        LogicalUnitOptions options = new() { Identity = ServerRig.TargetName + "/0", Thin = true, State = new FakeStateStore() };
        LogicalUnit unit = kind switch
        {
            "drive" => new(0, new ReadOnlyFilter(new MemoryDisk(1 << 20, 2048)), options with { Type = LogicalUnitType.CdDvd }),
            "protected" => new(
                0,
                new GuardedDevice(new SeparateProtectionDisk(new MemoryDisk(1 << 20), MemoryDisk.OfRecords(2048, 8))),
                options with { Protection = ProtectionType.Type1 }),
            _ => new(0, new GuardedDevice(new MemoryDisk(1 << 20)), options),
        };
        return (unit, unit.Table);
    }

    // Mostly honoured bits alone, so that it gets past the check of reserved bits.
    private static byte[] Fill(CommandSpec row, int variant, Random random)
    {
        byte[] cdb = new byte[row.CdbLength];
        random.NextBytes(cdb);
        for (int at = 0; at < cdb.Length; at++)
        {
            byte mask = row.Usage[at];
            int noise = (variant % 8) switch
            {
                0 => 0xFF,
                1 => 0,
                2 => random.Next(5) == 0 ? 0xFF : 0,
                3 or 4 => random.Next(3) == 0 ? cdb[at] & 7 : 0,
                _ => cdb[at],
            };
            cdb[at] = (byte)(noise & mask);
        }

        cdb[0] = row.OperationCode;
        if (row.OperationCode == OperationCode.VariableLength)
        {
            (cdb[7], cdb[8], cdb[9]) = ((byte)(cdb.Length - 8), 0, row.ServiceAction!.Value);
        }
        else if (row.ServiceAction is { } action)
        {
            cdb[1] = (byte)((cdb[1] & ~CommandTable.ServiceActionMask) | action);
        }

        return cdb;
    }

    private static void FillData(byte[] data, Random random)
    {
        switch (random.Next(4))
        {
            case 0:
                random.NextBytes(data);
                break;
            case 1:
                data.AsSpan().Fill(0xFF);
                break;
            case 2:
                for (int at = 0; at < data.Length; at++)
                {
                    data[at] = (byte)(random.Next(4) == 0 ? random.Next(16) : 0);
                }

                break;
        }
    }
}

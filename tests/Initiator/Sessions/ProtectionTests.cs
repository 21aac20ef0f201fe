using Blockwire.Protocol.Negotiation;
using Blockwire.Scsi;
using Blockwire.Scsi.Device;
using Blockwire.Storage;
using Blockwire.Target;
using Blockwire.Wire;

namespace Blockwire.Initiator.Tests.Sessions;

/// <summary>
/// Goal: protection information and CDBs of 32 bytes go from end to end, with exact lengths. Method: our initiator, our target, sockets between, disks in memory of each type.
/// </summary>
public sealed class ProtectionTests
{
    private const int Whole = 520;

    [Theory]
    [InlineData(1), InlineData(2), InlineData(3)]
    public async Task Blocks_come_back_with_the_protection_information_they_were_written_with(int number)
    {
        ProtectionType type = (ProtectionType)number;
        await using SessionRig rig = await StartAsync(type);
        LogicalUnit unit = await OpenAsync(rig);
        Assert.Equal(type, unit.Protection);
        Assert.True(unit.Facts.Inquiry.Protect);
        Assert.Equal([ProtectionType.Type1, ProtectionType.Type2, ProtectionType.Type3], unit.Facts.Extended!.Value.ProtectionTypes);

        // Longer than a command, a burst and a PDU: R2Ts and Data-Out count protection information.
        const int count = 5000;
        byte[] blocks = Blocks(count, 77);
        await unit.WriteProtectedAsync(77, blocks, forceUnitAccess: true);
        byte[] read = new byte[blocks.Length];
        await unit.ReadProtectedAsync(77, read);
        Assert.Equal(blocks, read);
        byte[] plain = new byte[count * 512];
        await unit.ReadAsync(77, plain);
        Assert.Equal(blocks.Chunk(Whole).SelectMany(static block => block[..512]), plain);
    }

    [Fact]
    public async Task What_fails_its_check_is_told_with_its_block()
    {
        await using SessionRig rig = await StartAsync(ProtectionType.Type2);
        LogicalUnit unit = await OpenAsync(rig);
        byte[] blocks = Blocks(8, 500);
        blocks[(3 * Whole) + 5] ^= 1;
        ProtectionExpectation expected = new() { ReferenceTag = 500 };
        ScsiException failure = await Assert.ThrowsAsync<ScsiException>(() => unit.WriteProtectedAsync(20, blocks, expected).AsTask());
        Assert.Equal(Sense.GuardCheckFailed(23), SenseData.Parse(failure.Result.Sense.Span));
        await unit.WriteProtectedAsync(20, blocks, expected with { Checks = ProtectionChecks.Tags });
        failure = await Assert.ThrowsAsync<ScsiException>(() => unit.ReadProtectedAsync(20, new byte[8 * Whole], expected).AsTask());
        Assert.Equal(Sense.GuardCheckFailed(23), SenseData.Parse(failure.Result.Sense.Span));
        failure = await Assert.ThrowsAsync<ScsiException>(() => unit.ReadProtectedAsync(20, new byte[8 * Whole], new() { Checks = ProtectionChecks.Tags, ReferenceTag = 501 }).AsTask());
        Assert.Equal(Sense.ReferenceTagCheckFailed(20), SenseData.Parse(failure.Result.Sense.Span));
        byte[] read = new byte[8 * Whole];
        await unit.ReadProtectedAsync(20, read, new() { Checks = ProtectionChecks.None });
        Assert.Equal(blocks, read);
    }

    [Theory]
    [InlineData(4096, 2080, 2016u, ResidualFlags.Underflow)]
    [InlineData(2080, 2080, 0u, ResidualFlags.None)]
    [InlineData(2048, 2048, 32u, ResidualFlags.Overflow)]
    public async Task Residuals_count_protection_information(int room, int bytes, uint residual, ResidualFlags flags)
    {
        await using SessionRig rig = await StartAsync(ProtectionType.Type2);
        IscsiSession session = await rig.OpenAsync();
        byte[] cdb = LongBlockCdb.Make(ServiceAction.Read32, 0x60, 9, 4);
        ScsiRequest request = new(Cdb16.From(cdb)) { LongCdb = cdb, DataIn = new byte[room], Repeat = Repeat.Allowed };
        ScsiResult result = await RunAsync(session, request);
        Assert.Equal((ScsiStatus.Good, bytes, residual, flags), (result.Status, result.DataInBytes, result.Residual, result.ResidualFlags));
        cdb = LongBlockCdb.Make(ServiceAction.Write32, 0x60, 9, 4);
        result = await RunAsync(session, new(Cdb16.From(cdb)) { LongCdb = cdb, DataOut = new byte[room] });
        Assert.Equal((ScsiStatus.Good, residual, flags), (result.Status, result.Residual, result.ResidualFlags));
    }

    [Fact]
    public async Task A_unit_without_has_none_to_move()
    {
        await using SessionRig rig = await SessionRig.StartAsync();
        LogicalUnit unit = await OpenAsync(rig);
        Assert.Equal(ProtectionType.None, unit.Protection);
        await Assert.ThrowsAsync<InvalidOperationException>(() => unit.ReadProtectedAsync(0, new byte[Whole]).AsTask());
        byte[] cdb = LongBlockCdb.Make(ServiceAction.Read32, 0, 9, 4);
        ScsiResult result = await RunAsync(await rig.OpenAsync(rig.Options(isid: 0x4000_0000_0002)), new(Cdb16.From(cdb)) { LongCdb = cdb, DataIn = new byte[2048] });
        Assert.Equal(Sense.InvalidOpcode, SenseData.Parse(result.Sense.Span));
    }

    private static async Task<ScsiResult> RunAsync(IscsiSession session, ScsiRequest request)
    {
        while (true)
        {
            ScsiResult result = await session.Unit(0).ExecuteAsync(request, CancellationToken.None);
            if (SenseData.Parse(result.Sense.Span) is not { Key: SenseKey.UnitAttention })
            {
                return result;
            }
        }
    }

    private static async Task<LogicalUnit> OpenAsync(SessionRig rig) => await LogicalUnit.OpenAsync((await rig.OpenAsync()).Unit(0));

    private static async Task<SessionRig> StartAsync(ProtectionType type)
    {
        DiskCatalog catalog = new();
        OpenDisk disk = await catalog.OpenAsync(catalog.Parse($"memory:16M?protection={(int)type}"));
        return await SessionRig.StartAsync(
            options => options with
            {
                Targets = [new TargetOptions(SessionRig.TargetName, [new Scsi.Device.LogicalUnit(0, disk.Device, new LogicalUnitOptions { Identity = "pi", Protection = type, Thin = true })])],
            },
            disk.Device);
    }

    private static byte[] Blocks(int count, uint reference)
    {
        byte[] blocks = new byte[count * Whole];
        Random random = new(1);
        for (int i = 0; i < count; i++)
        {
            Span<byte> block = blocks.AsSpan(i * Whole, Whole);
            random.NextBytes(block[..512]);
            new ProtectionInformation(GuardCrc.Compute(block[..512]), 0xBEEF, reference + (uint)i).Write(block[512..]);
        }

        return blocks;
    }
}

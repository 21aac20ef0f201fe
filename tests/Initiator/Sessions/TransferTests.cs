using Blockwire.Protocol.Login;
using Blockwire.Protocol.Negotiation;

namespace Blockwire.Initiator.Tests.Sessions;

/// <summary>Goal: bytes come back as they went, whatever was negotiated. Method: our own server on loopback.</summary>
public sealed class TransferTests
{
    public static TheoryData<int, bool, bool, bool, int> Negotiations => new()
    {
        { 0, false, true, false, 1 },
        { 2, false, true, false, 1 },
        { 0, true, false, false, 1 },
        { 1, true, true, true, 2 },
        { 2, false, true, true, 4 },
        { 2, true, false, true, 3 },
    };

    [Theory]
    [MemberData(nameof(Negotiations))]
    public async Task What_is_written_is_read_back(int level, bool initialR2T, bool immediateData, bool digests, int connections)
    {
        await using SessionRig rig = await SessionRig.StartAsync();
        DigestPolicy digest = digests ? DigestPolicy.Require : DigestPolicy.None;
        IscsiSessionOptions options = rig.Options(connections) with
        {
            Offers = new InitiatorOffers
            {
                ErrorRecoveryLevel = level, InitialR2T = initialR2T, ImmediateData = immediateData, HeaderDigest = digest, DataDigest = digest,
                MaxBurstLength = 65536, FirstBurstLength = 16384,
            },
        };
        IscsiSession session = await rig.OpenAsync(options);
        LogicalUnit unit = await LogicalUnit.OpenAsync(session.Unit(0));

        Assert.Equal(level, session.Parameters.ErrorRecoveryLevel);
        Assert.Equal(connections, session.Connections.Count);
        byte[] written = new byte[1 << 20];
        new Random(level).NextBytes(written);
        await unit.WriteAsync(3, written.AsMemory(0, 512 * 1000));
        await unit.WriteAsync(1003, written.AsMemory(512 * 1000));
        byte[] read = new byte[written.Length];
        await unit.ReadAsync(3, read);

        Assert.Equal(written, read);
        await session.CloseAsync().WaitAsync(SessionRig.Limit);
    }

    [Fact]
    public async Task Many_commands_at_once_each_get_their_own_data()
    {
        await using SessionRig rig = await SessionRig.StartAsync();
        IscsiSession session = await rig.OpenAsync(rig.Options(connections: 2));
        LogicalUnit unit = await LogicalUnit.OpenAsync(session.Unit(0));
        byte[] disk = new byte[4 << 20];
        new Random(7).NextBytes(disk);
        await unit.WriteAsync(0, disk);

        await Task.WhenAll(Enumerable.Range(0, 64).Select(async worker =>
        {
            Random random = new(worker);
            for (int i = 0; i < 50; i++)
            {
                int blocks = random.Next(1, 200);
                int lba = random.Next((disk.Length / 512) - blocks);
                byte[] read = new byte[blocks * 512];
                await unit.ReadAsync((ulong)lba, read);
                Assert.True(read.AsSpan().SequenceEqual(disk.AsSpan(lba * 512, read.Length)), $"LBA {lba}");
            }
        })).WaitAsync(TimeSpan.FromSeconds(60));
    }
}

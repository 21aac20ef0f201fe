using Blockwire.Testing;
using Blockwire.Testing.Raw;

namespace Blockwire.Target.Tests;

/// <summary>Data that is spoilt, lost or out of order on a real socket reaches the disk as the initiator has it.</summary>
public class DataRecoveryTests
{
    private const int Piece = 64 * 1024, Length = 4 * Piece;
    private const byte DataDigestError = 2;

    private readonly byte[] _data = new byte[Length];

    public DataRecoveryTests() => new Random(3).NextBytes(_data);

    [Fact]
    [Rule("7143/7.8")]
    [Rule("7143/7.9")]
    public async Task Spoilt_and_missing_data_is_asked_for_again()
    {
        await using ServerRig rig = await ServerRig.StartAsync();
        using RawInitiator initiator = await LogInAsync(rig, new RawLogin(ServerRig.TargetName) { Digests = "CRC32C", ErrorRecoveryLevel = 1 });
        RawFrame r2t = await StartWriteAsync(initiator);
        RawFrame spoilt = Data(r2t, 1, Piece, Piece, final: false);
        spoilt.SpoilDataDigest = 1;
        await initiator.SendAsync(Data(r2t, 0, 0, Piece, final: false));
        await initiator.SendAsync(spoilt);
        await initiator.SendAsync(Data(r2t, 3, 3 * Piece, Piece, final: true)); // number 2 is missing
        Assert.Equal(DataDigestError, (await initiator.ExpectAsync(RawOpcode.Reject)).Byte2);
        RawFrame again = await initiator.ExpectAsync(RawOpcode.ReadyToTransfer);
        Assert.Equal((1u, (uint)Piece, 2u * Piece), (again[36], again[40], again[44]));
        await initiator.SendAsync(Data(again, 0, Piece, 2 * Piece, final: true));
        await AssertWrittenAsync(initiator);
    }

    [Fact]
    [Rule("7143/7.1.4.1")]
    public async Task An_R2T_that_is_not_answered_is_followed_by_another()
    {
        ManualTime time = new();
        await using ServerRig rig = await ServerRig.StartAsync(time);
        using RawInitiator initiator = await LogInAsync(rig, new RawLogin(ServerRig.TargetName) { ErrorRecoveryLevel = 1 });
        RawFrame r2t = await StartWriteAsync(initiator);
        for (int i = 0; i < 12; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
        }

        RawFrame again = await initiator.ExpectAsync(RawOpcode.ReadyToTransfer);
        Assert.Equal((r2t[40], r2t[44]), (again[40], again[44]));
        await initiator.SendAsync(Data(again, 0, 0, Length, final: true));
        await initiator.SendAsync(Data(r2t, 0, 0, Length, final: true)); // late, and nobody waits for it
        await AssertWrittenAsync(initiator);
    }

    [Fact]
    [Rule("7143/13.18")]
    [Rule("7143/13.19")]
    public async Task Data_in_any_order_is_agreed_to_and_taken()
    {
        await using ServerRig rig = await ServerRig.StartAsync();
        using RawInitiator initiator = await LogInAsync(rig, new RawLogin(ServerRig.TargetName) { DataInOrder = "No" });
        Assert.Equal(("No", "No"), (initiator.Answers["DataPDUInOrder"], initiator.Answers["DataSequenceInOrder"]));
        RawFrame r2t = await StartWriteAsync(initiator);
        int[] order = [3, 1, 0, 2];
        for (int i = 0; i < order.Length; i++)
        {
            await initiator.SendAsync(Data(r2t, (uint)i, order[i] * Piece, Piece, final: i == order.Length - 1));
        }

        await AssertWrittenAsync(initiator);
    }

    private static async Task<RawInitiator> LogInAsync(ServerRig rig, RawLogin login)
    {
        RawInitiator initiator = await RawInitiator.LogInAsync(rig.Portal, login);
        Assert.Equal($"{login.ErrorRecoveryLevel}", initiator.Answers["ErrorRecoveryLevel"]);
        Assert.True((await initiator.CommandAfterAttentionsAsync(0, new byte[6])).IsGood);
        return initiator;
    }

    private static async Task<RawFrame> StartWriteAsync(RawInitiator initiator)
    {
        await initiator.SendAsync(RawFrames.ScsiCommand(0, initiator.NewTag(), 0, Length, RawFrames.Cdb10(ServerRig.Write10, 0, Length / 512)));
        return await initiator.ExpectAsync(RawOpcode.ReadyToTransfer);
    }

    private RawFrame Data(RawFrame r2t, uint dataSN, int offset, int length, bool final) =>
        RawFrames.DataOut(0, r2t.InitiatorTaskTag, r2t.Word20, dataSN, (uint)offset, final, _data.AsSpan(offset, length).ToArray());

    private async Task AssertWrittenAsync(RawInitiator initiator)
    {
        Assert.Equal(0, (await initiator.ExpectAsync(RawOpcode.ScsiResponse)).Byte3);
        RawScsiResult read = await initiator.CommandAsync(0, RawFrames.Cdb10(ServerRig.Read10, 0, Length / 512), Length);
        Assert.True(read.IsGood);
        Assert.Equal(_data, read.DataIn);
        await initiator.LogOutAsync();
    }
}

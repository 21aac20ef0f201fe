using Blockwire.Testing;
using Blockwire.Testing.Raw;
using static Blockwire.Target.Tests.Logout.LogoutScene;

namespace Blockwire.Target.Tests.Logout;

/// <summary>Goal: what a Logout Request and its response look like on the wire, and what becomes of wrong ones. Method: bytes of the test's own.</summary>
public class FormTests
{
    [Theory]
    [InlineData(1, true)]
    [InlineData(0x7FFF, false)]
    [InlineData(0x8000, true)]
    [InlineData(0xFFFF, false)]
    [Rule("logout/L1")]
    public async Task L01_Every_CID_can_be_named(int cid, bool immediate)
    {
        await using LogoutScene scene = await StartAsync(connections: 1);
        RawInitiator closing = await scene.JoinAsync((ushort)cid);
        Assert.Equal(0, (await LogOutAsync(scene.C0, CloseConnection, (ushort)cid, immediate)).Byte2);
        await AssertClosedInSilenceAsync(closing);
        await AssertReadyAsync(scene.C0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3600)]
    [Rule("logout/L2")]
    public async Task L02_The_response_has_code_and_times_in_their_places_and_zeros_elsewhere(int seconds)
    {
        await using LogoutScene scene = await StartAsync(
            connections: 1, new RawLogin(ServerRig.TargetName) { DefaultTime2Wait = seconds, DefaultTime2Retain = seconds });
        RawFrame response = await LogOutAsync(scene.C0, ForRecovery, 0);
        Assert.Equal([0x26, 0x80, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], response.Header[..16]);
        Assert.Equal(((uint)seconds << 16) | (uint)seconds, response[40]);
        Assert.Equal((0u, 0u, 0u), (response[20], response[36], response[44]));
    }

    [Fact]
    [Rule("logout/L3")]
    public async Task L03_The_reason_is_read_without_the_F_bit()
    {
        await using LogoutScene scene = await StartAsync();
        RawFrame request = RawFrames.Logout(CloseConnection, scene.C0.NewTag(), 1);
        request.Flags = 0x01;
        await scene.C0.SendAsync(request);
        Assert.Equal(0, (await scene.C0.ExpectAsync(RawOpcode.LogoutResponse)).Byte2);
        await AssertClosedInSilenceAsync(scene.C1);
        await AssertReadyAsync(scene.C0);
    }

    [Fact]
    [Rule("logout/L4")]
    public async Task L04_Rubbish_in_reserved_fields_and_a_CID_do_not_matter_to_a_session_close()
    {
        await using LogoutScene scene = await StartAsync();
        RawFrame request = RawFrames.Logout(CloseSession, scene.C0.NewTag(), 1);
        request.Header.AsSpan(2, 2).Fill(0xFF);
        request.Header.AsSpan(8, 8).Fill(0xA5);
        request.Header.AsSpan(22, 2).Fill(0xFF);
        request.Header.AsSpan(32, 16).Fill(0x5A);
        await scene.C0.SendAsync(request);
        Assert.Equal(0, (await scene.C0.ExpectAsync(RawOpcode.LogoutResponse)).Byte2);
        await AssertClosedInSilenceAsync(scene.C0);
        await AssertClosedInSilenceAsync(scene.C1);
        await scene.AssertSessionsAsync(0);
    }

    [Theory]
    [InlineData(4, 0)]
    [InlineData(0, 4)]
    [InlineData(0, 1)]
    [Rule("logout/L5")]
    public async Task L05_A_logout_with_AHS_or_data_closes_every_connection_unanswered(int ahs, int data)
    {
        await using LogoutScene scene = await StartAsync();
        RawFrame request = RawFrames.Logout(CloseConnection, scene.C0.NewTag(), 1);
        request.Ahs = ahs > 0 ? [0, 1, 1, 0] : [];
        request.Data = new byte[data];
        await scene.C0.SendAsync(request);
        await AssertClosedInSilenceAsync(scene.C0);
        await AssertClosedInSilenceAsync(scene.C1);
        await scene.AssertSessionsAsync(0);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(0x7F)]
    [Rule("logout/L6")]
    public async Task L06_A_reserved_reason_is_rejected_and_tasks_go_on(byte reason)
    {
        await using SlowDisk disk = new();
        await using LogoutScene scene = await StartAsync(disks: disk);
        uint read = await ServerRig.StartReadAsync(scene.C0);
        SlowDisk.Pending pending = await disk.NextReadAsync();
        RawFrame request = RawFrames.Logout(reason, scene.C0.NewTag(), 0);
        await scene.C0.SendAsync(request);
        RawFrame reject = await scene.C0.ExpectAsync(RawOpcode.Reject);
        Assert.Equal((4, RawFrames.ReservedTag), (reject.Byte2, reject.InitiatorTaskTag));
        Assert.Equal(request.Header, reject.Data);
        pending.LetGo();
        Assert.Equal((read, (byte)0), Tail(await scene.C0.ExpectAsync(RawOpcode.DataIn)));
        await AssertReadyAsync(scene.C1);
    }
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Blockwire.Protocol.Authentication;
using Blockwire.Testing;
using Blockwire.Testing.Raw;

namespace Blockwire.Target.Tests;

/// <summary>Goal: only who has proved what the target asks for can end a session of it. Method: CHAP at the target and none at discovery, as <c>--chap</c> sets it.</summary>
public class EvictionTests
{
    private const string Secret = "a secret of more than 96 bits";

    [Fact]
    [Rule("logout/L45b")]
    [Rule("7143/7.4.2.2")]
    public async Task A_discovery_session_without_proof_does_not_reinstate_a_session_with_one()
    {
        ChapOptions chap = new() { Accounts = [new(new("alice", ChapSecret.FromText(Secret)))] };
        await using ServerRig rig = await ServerRig.StartAsync(change: options => options with { Targets = [options.Targets[0] with { Chap = chap }] });
        using RawInitiator victim = await ProveAsync(rig);
        Assert.Equal([1], await victim.PingAsync(1));

        // The same initiator name and ISID, and the target's name: no secret.
        using RawInitiator intruder = await RawInitiator.ConnectAsync(rig.Portal);
        RawFrame answer = await intruder.LogInAsync(new RawLogin(null) { MoreKeys = [$"TargetName={ServerRig.TargetName}"] });
        Assert.Equal([2], await victim.PingAsync(2));
        Assert.Equal(0x0201u, answer[36] >> 16);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [Rule("7143/13.21")]
    public async Task A_discovery_login_does_not_join_a_normal_session(ushort cid)
    {
        await using ServerRig rig = await ServerRig.StartAsync();
        using RawInitiator normal = await RawInitiator.LogInAsync(rig.Portal, new RawLogin(ServerRig.TargetName) { MaxConnections = 2 });
        using RawInitiator other = await normal.ConnectAnotherAsync(rig.Portal);
        RawFrame answer = await other.LogInAsync(new RawLogin(null) { Tsih = normal.Tsih, Cid = cid, MoreKeys = [$"TargetName={ServerRig.TargetName}"] });
        Assert.Equal(0x020Au, answer[36] >> 16);
        Assert.Equal([2], await normal.PingAsync(2));
    }

    private static async Task<RawInitiator> ProveAsync(ServerRig rig)
    {
        RawLogin login = new(ServerRig.TargetName);
        RawInitiator initiator = await RawInitiator.ConnectAsync(rig.Portal);
        await StepAsync(initiator, login, "InitiatorName=" + login.InitiatorName, "TargetName=" + ServerRig.TargetName, "AuthMethod=CHAP");
        string[] asked = await StepAsync(initiator, login, "CHAP_A=7");
        byte identifier = byte.Parse(Value(asked, "CHAP_I="), CultureInfo.InvariantCulture);
        byte[] proof = SHA256.HashData([identifier, .. Encoding.UTF8.GetBytes(Secret), .. Convert.FromHexString(Value(asked, "CHAP_C=0x"))]);
        await StepAsync(initiator, login, "CHAP_N=alice", "CHAP_R=0x" + Convert.ToHexString(proof));
        return initiator;
    }

    // From the security stage straight to the full feature phase.
    private static async Task<string[]> StepAsync(RawInitiator initiator, RawLogin login, params string[] keys)
    {
        await initiator.SendAsync(RawFrames.Login(login.Isid, 0, 1, 0, 0x83, keys));
        RawFrame answer = await initiator.ExpectAsync(RawOpcode.LoginResponse);
        Assert.Equal(0u, answer[36] >> 16);
        return Encoding.UTF8.GetString(answer.Data).Split('\0');
    }

    private static string Value(string[] pairs, string start) => pairs.Single(pair => pair.StartsWith(start, StringComparison.Ordinal))[start.Length..];
}

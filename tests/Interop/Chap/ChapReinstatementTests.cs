using System.Security.Cryptography;
using System.Text;
using Blockwire.Testing;
using Blockwire.Testing.Raw;

namespace Blockwire.Interop.Tests.Chap;

/// <summary>
/// Goal: who has not proved itself evicts nobody (L45b). Method: a session works; logins with its names and ISID fail in every way, or stop
/// half way; it still works; only the one with the right proof takes its place.
/// </summary>
public sealed class ChapReinstatementTests
{
    private const ulong Isid = 0x80_0000_00C4A9;

    [Fact]
    [Rule("logout/L45b")]
    public async Task Only_a_finished_login_evicts()
    {
        string folder = Directory.CreateTempSubdirectory("blockwire-chap-").FullName;
        try
        {
            await using ServerProcess server = await ChapServer.StartAsync(folder);
            using RawInitiator old = await RawInitiator.ConnectAsync(server.Portal);
            Assert.Equal(0x0000, await ProveAsync(old, await ChallengeAsync(old, server), ChapServer.Secret));
            await old.PingAsync(1);

            using (RawInitiator wrong = await RawInitiator.ConnectAsync(server.Portal))
            {
                Assert.Equal(0x0201, await ProveAsync(wrong, await ChallengeAsync(wrong, server), "wrong"));
                await wrong.Connection.DrainAsync();
            }

            await old.PingAsync(2);
            using (RawInitiator half = await RawInitiator.ConnectAsync(server.Portal))
            {
                await ChallengeAsync(half, server);
                half.Connection.Reset();
            }

            using RawInitiator waiting = await RawInitiator.ConnectAsync(server.Portal);
            await ChallengeAsync(waiting, server);
            await old.PingAsync(3);

            using RawInitiator right = await RawInitiator.ConnectAsync(server.Portal);
            Assert.Equal(0x0000, await ProveAsync(right, await ChallengeAsync(right, server), ChapServer.Secret));
            await old.Connection.DrainAsync();
            await right.PingAsync(4);
            await server.WaitUntilAsync(static it => it.OpenedSessions == 2 && it.OpenSessions == 1, TimeSpan.FromSeconds(10), "the log told of two sessions, one of them left");
            ChapServer.AssertNoSecretIn(server.Log);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Dictionary<string, string>> ChallengeAsync(RawInitiator initiator, ServerProcess server)
    {
        await SendAsync(
            initiator, 0x00, "InitiatorName=iqn.2026-11.local.blockwire:raw", "SessionType=Normal", $"TargetName={server.TargetName}", "AuthMethod=CHAP");
        await SendAsync(initiator, 0x00, "CHAP_A=7");
        return initiator.Answers;
    }

    /// <summary>The status of the login that wants the full feature phase next.</summary>
    private static async Task<int> ProveAsync(RawInitiator initiator, Dictionary<string, string> asked, string secret)
    {
        byte[] message = [byte.Parse(asked["CHAP_I"]), .. Encoding.UTF8.GetBytes(secret), .. Convert.FromHexString(asked["CHAP_C"][2..])];
        RawFrame answer = await SendAsync(
            initiator, 0x83, $"CHAP_N={ChapServer.User}", $"CHAP_R=0x{Convert.ToHexStringLower(SHA256.HashData(message))}");
        return (int)(answer[36] >> 16);
    }

    private static async Task<RawFrame> SendAsync(RawInitiator initiator, byte flags, params string[] keys)
    {
        await initiator.SendAsync(RawFrames.Login(Isid, 0, 1, 0, flags, keys));
        RawFrame answer = await initiator.ExpectAsync(RawOpcode.LoginResponse);
        foreach (string pair in Encoding.UTF8.GetString(answer.Data).Split('\0', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] halves = pair.Split('=', 2);
            initiator.Answers[halves[0]] = halves[1];
        }

        return answer;
    }
}

using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Text;
using Blockwire.Wire;

namespace Blockwire.Initiator.Tests.Login;

/// <summary>A connection that logs in and asks for targets with the cores alone, without digests: a shell small enough to be trusted.</summary>
internal sealed class TcpLogin : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly TcpClient _client = new();
    private readonly LoginPlan _plan;
    private Serial32 _nextStatSN;

    private TcpLogin(LoginPlan plan) => _plan = plan;

    /// <summary>The last step of the login.</summary>
    public required InitiatorLoginStep Step { get; init; }

    /// <summary>Connects and logs in.</summary>
    public static async Task<TcpLogin> ConnectAsync(IPEndPoint portal, LoginPlan plan)
    {
        using CancellationTokenSource limit = new(Limit);
        InitiatorLogin login = new(plan, RandomNumberGenerator.Fill);
        TcpLogin connection = new(plan) { Step = login.Start() };
        await connection._client.ConnectAsync(portal, limit.Token);
        InitiatorLoginStep step = connection.Step;
        while (step.Next == InitiatorLoginNext.Send)
        {
            byte[] bhs = new byte[Bhs.Length];
            step.Request.Emit(bhs);
            step.Numbers.Write(bhs);
            (byte[] answer, byte[] data) = await connection.ExchangeAsync(bhs, step.Data, limit.Token);
            step = new BhsView(answer).Opcode != Opcode.LoginResponse ? login.OnOtherPdu(new BhsView(answer).Opcode)
                : LoginResponse.Parse(new LoginResponseView(answer), out LoginResponse response) is { IsOk: false } wrong ? login.OnMalformed(wrong)
                : login.OnResponse(response, TargetNumbers.Read(answer), data);
        }

        return new TcpLogin(plan, connection._client) { Step = step, _nextStatSN = step.Outcome?.NextStatSN ?? default };
    }

    /// <summary>Carries out a text exchange.</summary>
    public async Task<InitiatorTextStep> RunAsync(InitiatorTextExchange exchange)
    {
        using CancellationTokenSource limit = new(Limit);
        InitiatorTextStep step = exchange.Start(Step.Outcome!.ConnectionParameters.PeerMaxRecvDataSegmentLength);
        Serial32 cmdSN = _plan.CmdSN;
        while (step.Next == InitiatorTextNext.Send)
        {
            byte[] bhs = new byte[Bhs.Length];
            step.Request.Emit(bhs);
            new InitiatorNumbers(cmdSN++, _nextStatSN).Write(bhs);
            (byte[] answer, byte[] data) = await ExchangeAsync(bhs, step.Data, limit.Token);
            Assert.Equal(Opcode.TextResponse, new BhsView(answer).Opcode);
            Assert.True(TextResponse.Parse(new TextResponseView(answer), out TextResponse response).IsOk);
            _nextStatSN = TargetNumbers.Read(answer).StatSN + 1;
            step = exchange.OnResponse(response, data);
        }

        return step;
    }

    public void Dispose() => _client.Dispose();

    private TcpLogin(LoginPlan plan, TcpClient client)
        : this(plan) => _client = client;

    private async Task<(byte[] Bhs, byte[] Data)> ExchangeAsync(byte[] bhs, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        NetworkStream stream = _client.GetStream();
        (bhs[5], bhs[6], bhs[7]) = ((byte)(data.Length >> 16), (byte)(data.Length >> 8), (byte)data.Length);
        byte[] frame = new byte[FrameLayout.Measure(bhs, false, false).TotalLength];
        bhs.CopyTo(frame, 0);
        data.CopyTo(frame.AsMemory(Bhs.Length));
        await stream.WriteAsync(frame, cancellationToken);
        byte[] answer = new byte[Bhs.Length];
        await stream.ReadExactlyAsync(answer, cancellationToken);
        FrameLayout layout = FrameLayout.Measure(answer, false, false);
        byte[] rest = new byte[layout.TotalLength - Bhs.Length];
        await stream.ReadExactlyAsync(rest, cancellationToken);
        return (answer, rest[..layout.DataLength]);
    }
}

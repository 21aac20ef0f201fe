// Says what a remote disk is and prints the beginning of it.
//
//     dotnet run --project samples/ReadRemoteDisk -- iscsi://127.0.0.1:3260/iqn.2026-11.local.blockwire:disk/0
using Blockwire.Initiator;

if (args is not [string address])
{
    Console.Error.WriteLine("usage: ReadRemoteDisk iscsi://HOST[:PORT]/TARGET/LUN");
    return 2;
}

try
{
    // Name, ISID and CHAP secret come from the environment and the state folder, as for the `blockwire` commands.
    IscsiUrl url = IscsiUrl.Parse(address, IscsiUrlPart.LogicalUnit, Environment.GetEnvironmentVariable);
    IscsiConnector connector = new(ConnectorSettings.FromEnvironment(Environment.GetEnvironmentVariable, Environment.MachineName, out _));
    await using ConnectedUnit disk = await connector.OpenUnitAsync(url);
    Console.WriteLine($"{disk.Unit.Facts.Inquiry.Vendor} {disk.Unit.Facts.Inquiry.Product}, {disk.Unit.BlockCount} blocks of {disk.Unit.BlockBytes} bytes");

    // Whatever can use a Stream can use a remote disk: file-system libraries, archives, hashes.
    await using LogicalUnitStream stream = new(disk.Unit, writable: false);
    byte[] beginning = new byte[64];
    await stream.ReadExactlyAsync(beginning);
    Console.WriteLine(Convert.ToHexString(beginning));
    return 0;
}
catch (Exception failure) when (failure is IOException or IscsiUrlException)
{
    Console.Error.WriteLine(failure.Message);
    return 1;
}

// Command client gets a token as any Go program does: with a credential of the Azure SDK, or with the ADAL that programs
// used before. Nothing tells it of NMI.
//
// client managed|default|adal client-id|resource-id|none [ID] prints {"token"} or {"error", "message"}.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/go-autorest/autorest/adal"
)

func main() {
	kind, by, id := os.Args[1], os.Args[2], ""
	if len(os.Args) > 3 {
		id = os.Args[3]
	}
	token, err := get(kind, by, id)
	answer := map[string]string{"token": token}
	if err != nil {
		answer = map[string]string{"error": fmt.Sprintf("%T", err), "message": err.Error()}
	}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		panic(err)
	}
}

func get(kind, by, id string) (string, error) {
	switch kind {
	case "managed":
		options := &azidentity.ManagedIdentityCredentialOptions{}
		switch by {
		case "client-id":
			options.ID = azidentity.ClientID(id)
		case "resource-id":
			options.ID = azidentity.ResourceID(id)
		}
		return sdkToken(azidentity.NewManagedIdentityCredential(options))
	case "default":
		// This credential takes a client ID from the environment, and no resource ID.
		if by == "client-id" {
			os.Setenv("AZURE_CLIENT_ID", id)
		}
		return sdkToken(azidentity.NewDefaultAzureCredential(nil))
	case "adal":
		return adalToken(by, id)
	}
	return "", fmt.Errorf("no client %q", kind)
}

func sdkToken[C azcore.TokenCredential](credential C, err error) (string, error) {
	if err != nil {
		return "", err
	}
	scopes := []string{"https://management.azure.com/.default"}
	token, err := credential.GetToken(context.Background(), policy.TokenRequestOptions{Scopes: scopes})
	return token.Token, err
}

func adalToken(by, id string) (string, error) {
	const resource = "https://management.azure.com/"
	options := &adal.ManagedIdentityOptions{}
	switch by {
	case "client-id":
		options.ClientID = id
	case "resource-id":
		options.IdentityResourceID = id
	}
	token, err := adal.NewServicePrincipalTokenFromManagedIdentity(resource, options)
	if err != nil {
		return "", err
	}
	err = token.EnsureFresh()
	return token.OAuthToken(), err
}
